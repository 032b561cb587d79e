/** The small button on every page that leads back to one's choices, what stands beside it, and how an answer went. */

import look from "./way_back.css";
import { button, make } from "./make";
import { makeRoom } from "./room";
import { last } from "./sheet";
import { createSurface } from "./surface";

export interface WayBack {
  /** `stands`: what is said beside the button as long as it stands (RULES.md C4), "" for nothing. */
  show(label: string, stands: string): void;
  hide(): void;
  focus(): void;
  /** Shows a sentence long enough to be read; read out by screen readers. */
  tell(sentence: string): void;
}

/** Milliseconds: to notice it, and for each character of it. */
const NOTICED = 5000;
const READ = 60;

export function createWayBack(wanted: boolean, pressed: () => void): WayBack {
  const surface = createSurface("gateway-privacy-choices", look, last);
  const open = button("", "way-back", pressed);
  const line = make("p", { role: "status", class: "line" });
  const state = make("p", { class: "state", lang: "en" });
  const region = make("div", { role: "region" }, line, make("div", { class: "row" }, open, state));
  surface.root.append(region);
  open.hidden = true;
  let leaveRoom: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    show(label, stands) {
      open.textContent = label;
      region.ariaLabel = label;
      state.textContent = stands;
      open.hidden = !wanted && hasOwn();
      surface.show();
      leaveRoom ??= makeRoom(open, false);
    },
    hide() {
      open.hidden = true;
      state.textContent = "";
      leaveRoom?.();
      leaveRoom = null;
    },
    focus: () => open.focus({ preventScroll: true }),
    tell(sentence) {
      surface.show();
      clearTimeout(timer);
      // Emptied first: the same sentence twice is told twice.
      line.textContent = "";
      timer = setTimeout(() => {
        line.textContent = sentence;
        timer = setTimeout(() => (line.textContent = ""), NOTICED + READ * sentence.length);
      }, 100);
    },
  };
}

/** What opens the preferences on a site's own pages. */
export const OPENERS = "[data-gateway-preferences],a[href$='#privacy-choices']";

/** A page may do without the button only where it has a control of its own. */
const hasOwn = (): boolean => document.querySelector(OPENERS) !== null;
