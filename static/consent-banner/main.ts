/** The embedded script: brings the parts together. The server puts this bundle into a function that receives GATEWAY. */

import { createAnswers } from "./answers";
import { announce, createApi, describe } from "./api";
import { type Embedded, readConfig } from "./config";
import { recall } from "./consent";
import { createGate } from "./gate";
import { ANALYTICS, createStanding } from "./standing";
import { createTracker } from "./tracker/tracker";
import { createUi } from "./ui/ui";

declare const GATEWAY: Embedded | null;

const config = readConfig(GATEWAY, document.currentScript);
const twice = typeof window.gateway === "object" && "consent" in window.gateway;
if (config && !twice) {
  // A page that is rendered ahead of a visit has no visitor yet.
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener("prerenderingchange", () => start(config), { once: true });
  } else start(config);
}

function start(config: NonNullable<ReturnType<typeof readConfig>>): void {
  const standing = createStanding(config);
  const answers = createAnswers(config, standing, { changed: apply, recorded, failed: (what) => announce("failed", { what }) });
  const ui = createUi({ config, standing, answers, shown: (surface) => announce("shown", { surface }) });
  const gate = createGate(standing.allowed, config.nonce, ui.placeholders);
  const tracker = createTracker(config, standing.measures, () => standing.answer(ANALYTICS) === false);
  const api = createApi(standing, answers, tracker, ui.showPreferences);
  const snapshot = () =>
    JSON.stringify([standing.answers(), standing.measures(), standing.purposes().map(({ id }) => standing.allowed(id))]);
  let state = snapshot();

  /** Brings page, measurement and dialogs in line with what stands now. */
  function apply(): void {
    tracker.update();
    gate.update();
    ui.update();
    const now = snapshot();
    if (now === state) return;
    state = now;
    api.changed();
    announce("change", describe(standing));
  }

  function recorded(): void {
    apply();
    if (gate.mustReload()) location.reload();
  }

  async function settle(): Promise<void> {
    if (standing.needsNotice()) {
      const notice = await answers.notice();
      if (notice && !notice.ask && !standing.answered()) {
        // Answered already, or nothing to ask. Where this page cannot read the cookie, the gateway can.
        const choice = await recall(config!, standing.policy());
        if (choice) standing.setChoice(choice);
      }
      apply();
      if (notice?.ask && !standing.answered()) return ui.showBanner(notice);
    }
    ui.showButton();
  }

  const revisit = () => {
    if (document.visibilityState === "visible" && standing.refresh()) recorded();
  };
  document.addEventListener("visibilitychange", revisit);
  addEventListener("pageshow", revisit);

  apply();
  api.drain();
  announce("ready", describe(standing));
  void settle();
}
