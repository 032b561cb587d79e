/** Measures attention: the page is visible, has the focus, and its visitor did something not long ago. */

export interface Attention {
  /** Begins again from zero, for a new page view. */
  reset(): void;
  /** Attentive seconds so far, whole ones. */
  seconds(): number;
  /** The furthest part of the page that was seen, 0…1. */
  scroll(): number;
}

/** Seconds without any sign of activity after which nobody is assumed to be reading. */
const IDLE = 30;
const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll", "focus"];

/** `passed` is called after each attentive second. */
export function createAttention(measures: () => boolean, passed: (seconds: number) => void): Attention {
  let attentive = 0;
  let seen = 0;
  let idle = 0;

  for (const sign of SIGNS) addEventListener(sign, () => (idle = 0), { passive: true, capture: true });
  // One second at a time: a machine that slept adds one, however long it was.
  setInterval(() => {
    if (document.visibilityState !== "visible" || !document.hasFocus() || ++idle > IDLE || !measures()) return;
    attentive++;
    seen = Math.max(seen, Math.min(1, (scrollY + innerHeight) / document.documentElement.scrollHeight));
    passed(attentive);
  }, 1000);

  return {
    reset: () => void (attentive = seen = idle = 0),
    seconds: () => attentive,
    scroll: () => +seen.toFixed(2),
  };
}
