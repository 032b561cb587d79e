/** Everything a visitor sees of the script, and the ways to answer. Nothing is built before it is asked for. */

import type { Dialogs, Page } from "../dialogs";
import type { Notice } from "../notice";
import { createAnswers } from "./answers";
import { type Banner, openBanner } from "./banner";
import { placePlaceholder, type Placeholder } from "./placeholder";
import { openPreferences, type Preferences } from "./preferences";
import { createWayBack, type WayBack } from "./way_back";
import { wording } from "./wording";

const PREFERENCES = "[data-gateway-preferences],a[href$='#privacy-choices']";
const WITHDRAW = "[data-gateway-withdraw]";

export function createDialogs(page: Page): Dialogs {
  const { config, standing } = page;
  const answers = createAnswers(page);
  const placed = new Map<HTMLElement, Placeholder>();
  let banner: Banner | null = null;
  let preferences: Preferences | null = null;
  let wayBack: WayBack | null = null;
  let label = config.label || "Privacy choices";
  let saved = "";

  const back = () => (wayBack ??= createWayBack(config.button, () => void showPreferences()));

  function closeBanner(): void {
    const focused = banner?.close();
    banner = null;
    back().show(label);
    if (focused) back().focus();
  }

  async function told(answer: Promise<boolean>): Promise<boolean> {
    const done = await answer;
    if (done) back().tell(saved);
    return done;
  }

  function showBanner(notice: Notice): void {
    learn(notice);
    if (banner || preferences) return;
    banner = openBanner(notice, {
      accept: () => told(answers.acceptAll("banner")),
      reject: () => told(answers.rejectAll("banner")),
      choose: () => void showPreferences(),
      dismiss: closeBanner,
    });
    wayBack?.hide();
    page.announce("shown", { surface: "banner" });
  }

  async function showPreferences(purpose?: string): Promise<boolean> {
    standing.refresh();
    const notice = await page.notice();
    if (!notice) {
      back().show(label);
      back().tell(config.unavailable || "Privacy choices are unavailable at the moment. Nothing has been allowed.");
      return false;
    }
    learn(notice);
    if (preferences) return true;
    preferences = openPreferences(notice, banner !== null, purpose, {
      // Running without a yes is shown as it is where the law lets it run until refused; elsewhere off is off.
      on: ({ id }) => standing.allowed(id),
      save: (purposes) => told(answers.choose(purposes, {}, "preferences")),
      accept: () => told(answers.acceptAll("preferences")),
      reject: () => told(answers.rejectAll("preferences")),
      closed() {
        preferences = null;
        banner?.focus();
      },
    });
    page.announce("shown", { surface: "preferences" });
    return true;
  }

  function learn(notice: Notice): void {
    const say = wording(notice);
    label = say("privacy_choices");
    saved = say("saved");
  }

  document.addEventListener("click", (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opener = target.closest<HTMLElement>(PREFERENCES);
    if (opener) {
      event.preventDefault();
      void showPreferences(opener.dataset.gatewayPreferences || undefined);
    } else if (target.closest(WITHDRAW)) {
      event.preventDefault();
      void told(answers.withdraw());
    }
  });

  return {
    showBanner,
    showButton(notice) {
      if (notice && !notice.ask && !standing.answered()) void answers.recall();
      back().show(label);
    },
    showPreferences,
    hold(element, purpose, service, once) {
      const placeholder = placePlaceholder(
        element,
        purpose,
        page.notice,
        {
          once,
          always: () =>
            service
              ? answers.choose({}, { [service]: true }, "placeholder")
              : answers.choose({ [purpose]: true }, {}, "placeholder"),
          preferences: () => void showPreferences(purpose),
        },
      );
      if (placeholder) placed.set(element, placeholder);
    },
    release(element) {
      placed.get(element)?.remove();
      placed.delete(element);
    },
    acceptAll: answers.acceptAll,
    rejectAll: answers.rejectAll,
    choose: answers.choose,
    withdraw: answers.withdraw,
    receipt: answers.receipt,
    update() {
      if (banner && standing.answered()) closeBanner();
    },
  };
}
