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
import type { Gateway } from "./gateway";
import { fetchNotice, type Notice } from "./notice";
import type { CreateSignals, Signals } from "./signals/signals";
import { createStanding, type Standing } from "./standing";
import { createTracking } from "./tracking";

declare const GATEWAY: Embedded | null;
declare const CHUNKS: Chunks;
declare const SIGNALS: { readonly createSignals: CreateSignals } | undefined;

const twice = (window.gateway as Partial<Gateway> | undefined)?.consent;
if (GATEWAY && !twice) {
  const config = readConfig(GATEWAY, CHUNKS);
  const standing = createStanding(config);
  // At once: tags may come next. Nothing else happens on a page that is rendered ahead of a visit, which has no visitor yet.
  const signals = typeof SIGNALS === "undefined" ? null : SIGNALS.createSignals(config, standing, load);
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener("prerenderingchange", () => start(config, standing, signals), { once: true });
  } else start(config, standing, signals);
}

function start(config: Config, standing: Standing, signals: Signals | null): void {
  let loading: Promise<Dialogs | null> | null = null;
  let loaded: Dialogs | null = null;
  let pending: Promise<Notice | null> | null = null;

  const gate = createGate(standing.allowed, config.nonce);
  const part = <Made>(chunk: keyof Chunks) => load<Made>(config, config.chunks[chunk]);
  const page: Page = { config, standing, notice, apply, deny, recorded, once: gate.once, announce, load: part };
  const tracking = createTracking(page);
  const api = createApi(standing, dialogs, deny, tracking.track);
  const snapshot = () =>
    JSON.stringify([
      describe(standing),
      standing.measures(),
      standing.purposes().map(({ id, services = [] }) =>
        [undefined, ...services].map((unit) => standing.allowed(id, unit?.id)),
      ),
    ]);
  let state = snapshot();

  /** Loaded when first needed, again after a failure. */
  function dialogs(): Promise<Dialogs | null> {
    return (loading ??= part<(page: Page) => Dialogs>("ui").then((create) => {
      if (create) loaded = create(page);
      else {
        loading = null;
        announce("failed", { what: "dialogs" });
      }
      return loaded;
    }));
  }

  function notice(again = false): Promise<Notice | null> {
    if (again) pending = null;
    return (pending ??= fetchNotice(config).then((found) => {
      if (found) standing.setNotice(found);
      else {
        pending = null;
        announce("failed", { what: "notice" });
      }
      return found;
    }));
  }

  function apply(): void {
    standing.refresh();
    signals?.update();
    tracking.update();
    gate.update();
    loaded?.update();
    const now = snapshot();
    if (now === state) return;
    state = now;
    api.changed();
    announce("change", describe(standing));
  }

  function deny(purposes?: readonly string[], services?: readonly string[]): void {
    standing.deny(purposes, services);
    gate.forget();
    apply();
  }

  function recorded(): void {
    apply();
    if (gate.mustReload()) location.reload();
  }

  async function settle(): Promise<void> {
    // Both are on their way at once: the question must not wait for one after the other.
    const shows = config.data.banner !== "off";
    const [coming, asked] = [shows ? dialogs() : null, standing.needsNotice() ? notice() : null];
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

  // What the page tracked before may say what its page view is.
  api.drain();
  apply();
  announce("ready", describe(standing));
  void settle();
  void signals?.noticeWanted.then(() => notice()).then(apply);
}
