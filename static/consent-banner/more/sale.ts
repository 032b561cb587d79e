/**
 * The opt-out of sale and sharing as a toggle that shows its state (RULES.md C4): switching it on is one step and takes
 * effect at once; taking it back are two, a request and its confirmation (C9). A browser's signal cannot be taken back here.
 */

import type { Page } from "../dialogs";
import type { Notice } from "../notice";
import { ask, whose } from "./consent";
import { asking, button, heading, make } from "../ui/make";
import { wording } from "../ui/wording";

export interface Sale {
  readonly row: HTMLElement;
  update(notice: Notice): void;
}

export function createSale(page: Page, first: Notice, level: number): Sale {
  const { config, standing } = page;
  const say = wording(first);
  const url = `${config.origin}/v1/opt-out`;
  const bySignal = () => (standing.notice() ?? first).opted_out_by_signal;

  const toggle = make("input", { type: "checkbox", role: "switch", id: "sale", "aria-describedby": "sale-state" });
  const state = make("p", { id: "sale-state", class: "about", role: "status" });
  const failed = make("p", { class: "failed", role: "alert" });
  const again = button(say("sale_allow"), "quiet", () => question(true));
  const confirm = make(
    "div",
    { class: "confirm", role: "group", "aria-labelledby": "sale-question", tabindex: "-1" },
    make("p", { id: "sale-question" }, say("sale_allow_question")),
    make(
      "div",
      { class: "answers" },
      button(say("sale_allow_confirm"), "quiet", () => void change(false)),
      button(say("no"), "quiet", () => question(false)),
    ),
  );
  const row = make(
    "section",
    { class: "purpose sale" },
    make("div", { class: "head" }, heading(level, make("label", { for: "sale", lang: "en" }, say("do_not_sell"))), toggle),
    state,
    make("p", {}, again),
    confirm,
    failed,
  );
  const work = asking(row, failed, say("failed"));
  confirm.hidden = true;

  function question(open: boolean): void {
    confirm.hidden = !open;
    (open ? confirm : toggle).focus();
    if (open) confirm.scrollIntoView({ block: "nearest" });
  }

  /** Everything that is sold or shared stops before the gateway has heard of it. */
  function stop(): void {
    const sold = first.purposes.filter(({ sale }) => sale);
    const services = first.purposes.flatMap((purpose) => purpose.services ?? []).filter(({ sale }) => sale);
    page.deny(sold.map(({ id }) => id), services.map(({ id }) => id));
  }

  async function change(out: boolean): Promise<void> {
    if (config.preview) return;
    await work(async () => {
      if (out) stop();
      const { site, data } = config;
      const subject = data.subjectToken;
      const body = JSON.stringify({ site, what: "sale", method: "do_not_sell", surface: "preferences", subject });
      const headers = { "Content-Type": "application/json" };
      const done = await (out
        ? ask(url, { method: "POST", headers, body })
        : ask(`${url}?site=${site}&what=sale${whose(config)}`, { method: "DELETE" }));
      if (done === null) return false;
      question(false);
      standing.refresh();
      await page.notice(true);
      page.recorded();
      return true;
    });
    update(standing.notice() ?? first);
  }

  toggle.onclick = (event) => {
    // It shows the state that stands, and moves only once the gateway has answered.
    event.preventDefault();
    if (bySignal()) return;
    if (standing.optedOut()) question(true);
    else void change(true);
  };

  function update(notice: Notice): void {
    const out = standing.optedOut();
    // After the click has been undone by the browser.
    setTimeout(() => (toggle.checked = out));
    toggle.checked = out;
    toggle.ariaDisabled = String(bySignal());
    state.replaceChildren(
      ...(out ? [make("strong", { lang: "en", class: "honoured" }, say("opt_out_honored"))] : []),
      ...(bySignal() ? [" ", wording(notice)("gpc_opt_out")] : []),
    );
    again.hidden = !out || bySignal();
    if (again.hidden) confirm.hidden = true;
  }

  return { row, update };
}
