/** The small button on every page that leads back to one's choices, and the line that says how an answer went. */

import base from "./base.css";
import look from "./way_back.css";
import { button, make } from "./make";
import { makeRoom } from "./room";
import { createSurface } from "./surface";

export interface WayBack {
  show(label: string): void;
  hide(): void;
  focus(): void;
  /** Shows a sentence for a few seconds; read out by screen readers. */
  tell(sentence: string): void;
}

/** Milliseconds. */
const TOLD = 6000;

export function createWayBack(wanted: boolean, pressed: () => void): WayBack {
  const surface = createSurface("gateway-privacy-choices", [base, look], false);
  const open = button("", "way-back", pressed);
  const line = make("p", { role: "status", class: "line" });
  const region = make("div", { role: "region" }, line, open);
  surface.root.append(region);
  open.hidden = true;
  let leaveRoom: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    show(label) {
      open.textContent = label;
      region.setAttribute("aria-label", label);
      open.hidden = !wanted && hasOwn();
      surface.show();
      leaveRoom ??= makeRoom(open, false);
    },
    hide() {
      open.hidden = true;
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
        timer = setTimeout(() => (line.textContent = ""), TOLD);
      }, 100);
    },
  };
}

/** A page may do without the button only where it has a control of its own. */
function hasOwn(): boolean {
  return document.querySelector('[data-gateway-preferences],a[href$="#privacy-choices"]') !== null;
}
