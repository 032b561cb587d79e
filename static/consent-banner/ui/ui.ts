/**
 * What a visitor sees of the script at first: the question, or the way back to the answer. All the rest, answering included,
 * is in a part that is loaded when a visitor turns to it. Nothing is built before it is asked for.
 */

import type { Dialogs, Page } from "../dialogs";
import type { Notice } from "../notice";
import type { Answers } from "../more/answers";
import type { createMore, More } from "../more/more";
import { type Banner, openBanner } from "./banner";
import { honoured } from "./lines";
import { watchRefusals } from "./refusals";
import { isSound } from "./sound";
import { createSurface, paint, shadow } from "./surface";
import { createWayBack, OPENERS, type WayBack } from "./way_back";
import { wording } from "./wording";

const WITHDRAW = "[data-gateway-withdraw]";

export function createDialogs(given: Page): Dialogs {
  const { config, standing } = given;
  const page: Page = { ...given, notice: async (again) => checked(await given.notice(again)) };
  const held = new Set<HTMLElement>();
  let banner: Banner | null = null;
  let open = false;
  let wayBack: WayBack | null = null;
  let loading: Promise<More | null> | null = null;
  let more: More | null = null;
  let notCleared: readonly string[] = [];

  const say = (key: string, otherwise = "") => {
    const notice = standing.notice();
    return (notice && isSound(notice) && wording(notice)(key, notCleared)) || otherwise;
  };
  const back = () => (wayBack ??= createWayBack(config.data.button !== "none", () => void showPreferences()));
  const showBack = () => {
    const notice = standing.notice();
    back().show(say("privacy_choices", config.data.label || config.labels.privacy_choices || "Privacy choices"), notice && honoured(notice) ? say("opt_out_honored") : "");
  };

  /** A notice that cannot be shown whole is not shown (RULES.md E15). */
  function checked(notice: Notice | null): Notice | null {
    if (!notice) return null;
    if (!isSound(notice)) {
      page.announce("failed", { what: "notice" });
      return null;
    }
    paint(notice.colours);
    return notice;
  }

  /** Loaded when first needed, again after a failure. */
  function needMore(): Promise<More | null> {
    return (loading ??= page.load<typeof createMore>("more").then((create) => {
      if (create) more = create({ page, told, createSurface, shadow, notCleared: () => notCleared });
      else {
        loading = null;
        page.announce("failed", { what: "dialogs" });
      }
      return more;
    }));
  }

  /** Does not grant anything: false where the part that answers cannot be had. */
  async function answer(say: (answers: Answers) => Promise<boolean>): Promise<boolean> {
    const second = await needMore();
    return second !== null && say(second.answers);
  }

  function closeBanner(): void {
    const focused = banner?.close();
    banner = null;
    showBack();
    if (focused) back().focus();
  }

  async function told(answer: Promise<boolean>): Promise<boolean> {
    const done = await answer;
    if (done) back().tell(say("saved"));
    return done;
  }

  function showBanner(found: Notice): void {
    const notice = checked(found);
    if (!notice) return showBack();
    if (banner || open) return;
    banner = openBanner(notice, {
      accept: () => told(answer((answers) => answers.acceptAll("banner"))),
      reject() {
        // A no takes effect before anything more is loaded.
        page.deny();
        return told(answer((answers) => answers.rejectAll("banner")));
      },
      near: () => void needMore(),
      choose: () => void showPreferences(),
      dismiss: closeBanner,
    });
    wayBack?.hide();
    page.announce("shown", { surface: "banner" });
  }

  async function showPreferences(purpose?: string): Promise<boolean> {
    standing.refresh();
    const [notice, second] = await Promise.all([page.notice(), needMore()]);
    if (!notice || !second) {
      if (!banner) showBack();
      back().tell(config.labels.unavailable || "Privacy choices are unavailable.");
      return false;
    }
    if (open) return true;
    open = true;
    second.open(notice, banner !== null, purpose, () => {
      open = false;
      banner?.focus();
    });
    page.announce("shown", { surface: "preferences" });
    return true;
  }

  document.addEventListener("click", (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opener = target.closest<HTMLElement>(OPENERS);
    if (opener) {
      event.preventDefault();
      void showPreferences(opener.dataset.gatewayPreferences || undefined);
    } else if (target.closest(WITHDRAW)) {
      event.preventDefault();
      page.deny();
      void told(answer((answers) => answers.withdraw()));
    }
  });
  document.addEventListener("gateway:cleared", (event) => {
    notCleared = [...event.detail.left, ...event.detail.unseen];
    if (notCleared.length) back().tell(say("not_cleared"));
  });

  watchRefusals(page, (had) => void needMore().then((second) => second?.clear(had)));

  for (const name of ["gateway-preferences", "gateway-cookies"]) {
    if (customElements.get(name)) continue;
    customElements.define(
      name,
      class extends HTMLElement {
        connectedCallback() {
          void needMore().then((second) => {
            if (second) second.fill(this);
            else this.textContent ||= config.labels.unavailable ?? "";
          });
        }
      },
    );
  }

  return {
    showBanner,
    showButton(found) {
      const notice = checked(found);
      if (notice && !notice.ask && !standing.answered()) void needMore().then((second) => second?.answers.recall());
      showBack();
      // Only some states have a sentence of their own.
      const met = notice?.account && say(`account_${notice.account.state}`);
      if (met) back().tell(met);
    },
    showPreferences,
    hold(element, purpose, service, once) {
      held.add(element);
      const preferences = () => void showPreferences(purpose);
      void needMore().then((second) => held.has(element) && second?.hold({ element, purpose, service, once, preferences }));
    },
    release(element) {
      held.delete(element);
      more?.release(element);
    },
    acceptAll: () => answer((answers) => answers.acceptAll("api")),
    rejectAll: () => answer((answers) => answers.rejectAll("api")),
    choose: (purposes, services = {}) => answer((answers) => answers.choose(purposes, services, "api")),
    withdraw: () => answer((answers) => answers.withdraw()),
    receipt: async () => (await needMore())?.answers.receipt() ?? null,
    update() {
      const notice = standing.notice();
      if (banner && standing.answered()) closeBanner();
      else if (banner) notice && banner.update(notice);
      else if (wayBack) showBack();
      more?.update();
    },
  };
}
