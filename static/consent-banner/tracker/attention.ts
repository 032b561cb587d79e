/** Measures attention: the page is visible, has the focus, and its visitor did something not long ago. */

export interface Attention {
  /** Begins again from zero, for a new page view. */
  reset(): void;
  /** Attentive seconds so far. */
  seconds(): number;
  /** The furthest part of the page that was seen, 0…1. */
  scroll(): number;
}

/** Milliseconds without any sign of activity after which nobody is assumed to be reading. */
const IDLE = 30_000;
const TICK = 1000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll", "wheel", "touchstart"];

export function createAttention(measures: () => boolean): Attention {
  let attentive = 0;
  let seen = 0;
  let active = performance.now();
  let last = active;

  function tick(): void {
    const now = performance.now();
    const passed = now - last;
    last = now;
    if (document.visibilityState !== "visible" || !document.hasFocus() || now - active > IDLE || !measures()) return;
    // A machine that slept shows up as one long step: it counts as one tick.
    attentive += Math.min(passed, 2 * TICK);
    const whole = document.documentElement.scrollHeight;
    if (whole > 0) seen = Math.max(seen, Math.min(1, (scrollY + innerHeight) / whole));
  }

  for (const sign of SIGNS) {
    addEventListener(sign, () => (active = performance.now()), { passive: true, capture: true });
  }
  setInterval(tick, TICK);
  // The step that ends now belongs to the state before: hidden time never counts, nor does time before a return.
  addEventListener("focus", () => (last = active = performance.now()));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") last = active = performance.now();
  });

  return {
    reset() {
      attentive = seen = 0;
      last = active = performance.now();
    },
    seconds() {
      if (document.visibilityState === "visible") tick();
      return Math.round(attentive / 100) / 10;
    },
    scroll: () => Math.round(seen * 100) / 100,
  };
}
