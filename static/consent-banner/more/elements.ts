/** <gateway-preferences> and <gateway-cookies>: the same choices and the same declaration inside a site's own pages. */

import type { Notice } from "../notice";
import { make } from "../ui/make";
import { spoken } from "../ui/wording";
import { declaration } from "./declaration";
import look from "./elements.css";
import type { Kit } from "./more";
import { createPreferences, type Preferences } from "./preferences";
import preferencesLook from "./preferences.css";

interface Filled {
  readonly panel: HTMLElement;
  /** Fingerprint of the notice that is shown, "" where there is none. */
  shown: string;
  preferences: Preferences | null;
}

export interface Elements {
  fill(element: HTMLElement): void;
  update(): void;
}

export function createElements(kit: Kit): Elements {
  const { page, shadow } = kit;
  const filled = new Map<HTMLElement, Filled>();

  function fill(element: HTMLElement): void {
    if (filled.has(element)) return;
    const panel = make("div", { class: "panel" });
    filled.set(element, { panel, shown: "", preferences: null });
    // What the site wrote inside stays visible until there is something better, and where there never is.
    shadow(element, preferencesLook, look).append(panel, make("slot"));
    void page.notice().then((notice) => show(element, notice));
  }

  function show(element: HTMLElement, notice: Notice | null): void {
    const state = filled.get(element);
    if (!state || (notice && state.shown === notice.notice)) return;
    const { panel } = state;
    panel.nextElementSibling?.toggleAttribute("hidden", notice !== null);
    if (!notice) {
      panel.replaceChildren(make("p", { role: "status" }, page.config.labels.unavailable ?? ""));
      return;
    }
    state.shown = notice.notice;
    for (const [key, value] of Object.entries(spoken(notice))) panel.setAttribute(key, value);
    if (element.localName === "gateway-cookies") panel.replaceChildren(...declaration(notice, levelIn(element)));
    else {
      const preferences = (state.preferences = createPreferences(kit, notice, levelIn(element), () => {}));
      preferences.within(panel);
      panel.replaceChildren(...preferences.rows, ...preferences.answers);
    }
  }

  return {
    fill,
    update() {
      const notice = page.standing.notice();
      for (const [element, { preferences }] of filled) {
        if (!element.isConnected) continue;
        if (notice) void page.notice().then((whole) => show(element, whole));
        preferences?.update();
      }
    },
  };
}

/** One below the last heading before the element, so that the page's outline stays one. */
function levelIn(element: HTMLElement): number {
  const before = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(
    (title) => title.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return Math.min(Number(before.pop()?.localName[1] ?? 1) + 1, 6);
}
