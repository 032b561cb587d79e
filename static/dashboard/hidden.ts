// Figures that are hidden from viewers for being small: a dash, and a line that says so.
import { h } from "./dom";
import { fill, text } from "./texts";

/** A figure in words; a dash where it is hidden. */
export function told(words: (value: number) => string, value: number | null): string {
  return value === null ? "–" : words(value);
}

/** What is said below figures of which some may be hidden. */
export function hiddenHint({ hidden_below: least }: { readonly hidden_below?: number }): HTMLElement | null {
  return least === undefined ? null : h("p", { class: "summary muted" }, fill(text.states.hidden_below, { least: String(least) }));
}
