/** Every purpose with its toggle, off unless the visitor said yes, and the three answers; for the dialog and for a page. */

import type { Notice } from "../notice";
import { links, standing as stands } from "../ui/lines";
import { type Ask, asking, button, make } from "../ui/make";
import { wording } from "../ui/wording";
import type { Kit } from "./more";
import { createPurpose } from "./purpose";
import { createSale } from "./sale";
import { reasons } from "./reasons";

export interface Preferences {
  readonly rows: readonly HTMLElement[];
  readonly answers: readonly HTMLElement[];
  /** What is busy while an answer is on its way. */
  within(panel: HTMLElement): void;
  /** The toggle of a purpose, or of the sale. */
  toggle(purpose: string | undefined): HTMLElement | undefined;
  /** Brings the toggles in line with what stands, where that has changed; what a visitor set and did not save is kept else. */
  update(): void;
}

/** `level`: of the headings. */
export function createPreferences(kit: Kit, notice: Notice, level: number, done: () => void): Preferences {
  const { page, answers, told, notCleared } = kit;
  const { standing } = page;
  const say = wording(notice);
  const failed = make("p", { class: "failed", role: "alert" });
  const lines = make("div", { class: "stands" });
  const purposes = notice.purposes.map((purpose, index) => createPurpose(standing, notice, purpose, index, level));
  const sale = notice.do_not_sell ? createSale(page, notice, level) : null;
  let ask: Ask;
  let last = "";

  const state = () => JSON.stringify([standing.answers(), standing.services(), standing.optedOut()]);
  const answer = (work: () => Promise<boolean>) => async () => {
    if (await ask(() => told(work()))) done();
  };
  function save(): Promise<boolean> {
    const open = purposes.filter(({ toggle }) => toggle);
    const services = open.flatMap((purpose) => Object.entries(purpose.services()));
    return answers.choose(
      Object.fromEntries(open.map(({ id, toggle }) => [id, toggle?.checked === true])),
      Object.fromEntries(services),
      "preferences",
    );
  }

  function update(): void {
    const now = page.standing.notice() ?? notice;
    const left = notCleared();
    lines.replaceChildren(
      ...stands(now),
      ...(left.length ? [make("p", { class: "signal" }, wording(now)("not_cleared", left))] : []),
    );
    sale?.update(now);
    if (state() === last) return;
    last = state();
    for (const purpose of purposes) purpose.update();
  }
  update();

  return {
    rows: [
      lines,
      ...purposes.map(({ row }) => row),
      ...(sale ? [sale.row] : []),
      reasons(notice),
      links(notice),
    ],
    answers: [
      failed,
      make(
        "div",
        { class: "answers" },
        button(say("accept_all"), "answer", () => void answer(() => answers.acceptAll("preferences"))()),
        button(say("reject_all"), "answer", () => void answer(() => answers.rejectAll("preferences"))()),
        button(say("save"), "quiet", () => void answer(save)()),
      ),
    ],
    within: (panel) => (ask = asking(panel, failed, say("failed"))),
    toggle: (purpose) => purposes.find(({ id }) => id === purpose)?.toggle,
    update,
  };
}
