/**
 * The embedded script: brings the parts together.
 *
 * The server puts this bundle into a function that receives GATEWAY (the site, or null) and CHUNKS (what is loaded later),
 * and SIGNALS before it where the site tells others' signals.
 */

import { announce, createApi, describe } from "./api";
import { load } from "./chunk";
import { type Chunks, type Config, type Embedded, readConfig } from "./config";
import type { Dialogs, Page } from "./dialogs";
import { createGate } from "./gate";
import { fetchNotice, type Notice } from "./notice";
import type { CreateSignals } from "./signals/signals";
import { ANALYTICS, createStanding } from "./standing";
import { createTracker } from "./tracker/tracker";

declare const GATEWAY: Embedded | null;
declare const CHUNKS: Chunks;
declare const SIGNALS: { readonly createSignals: CreateSignals } | undefined;

const config = readConfig(GATEWAY, CHUNKS, document.currentScript);
const twice = typeof window.gateway === "object" && "consent" in window.gateway;
if (config && !twice) {
  // A page that is rendered ahead of a visit has no visitor yet.
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener("prerenderingchange", () => start(config), { once: true });
  } else start(config);
}

function start(config: Config): void {
  const standing = createStanding(config);
  let loading: Promise<Dialogs | null> | null = null;
  let loaded: Dialogs | null = null;
  let pending: Promise<Notice | null> | null = null;

  const signals = typeof SIGNALS === "undefined" ? null : SIGNALS.createSignals(config, standing);
  const gate = createGate(standing.allowed, config.nonce, {
    hold: (element, ...rest) => void dialogs().then((shown) => element.isConnected && shown?.hold(element, ...rest)),
    release: (element) => void loading?.then((shown) => shown?.release(element)),
  });
  const tracker = createTracker(config, standing.measures, () => standing.answer(ANALYTICS) === false);
  const page: Page = { config, standing, notice, apply, recorded, announce };
  const api = createApi(standing, dialogs, apply, tracker);
  const snapshot = () =>
    JSON.stringify([
      standing.answers(),
      standing.services(),
      standing.measures(),
      standing.purposes().map(({ id, services = [] }) => [
        standing.allowed(id),
        ...services.map((unit) => standing.allowed(id, unit.id)),
      ]),
    ]);
  let state = snapshot();

  /** Loaded when first needed, again after a failure. */
  function dialogs(): Promise<Dialogs | null> {
    return (loading ??= load<(page: Page) => Dialogs>(config, config.chunks.ui).then((create) => {
      if (create) loaded = create(page);
      else loading = null;
      return loaded;
    }));
  }

  async function notice(again = false): Promise<Notice | null> {
    if (again) pending = null;
    const found = await (pending ??= fetchNotice(config));
    if (found) standing.setNotice(found);
    else {
      pending = null;
      announce("failed", { what: "notice" });
    }
    return found;
  }

  function apply(): void {
    signals?.update();
    tracker.update();
    gate.update();
    loaded?.update();
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
    // Both are on their way at once: the question must not wait for one after the other.
    const [coming, asked] = [dialogs(), standing.needsNotice() ? notice() : null];
    const found = await asked;
    if (asked) apply();
    const shown = await coming;
    if (found?.ask && !standing.answered()) shown?.showBanner(found);
    else shown?.showButton(found);
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
