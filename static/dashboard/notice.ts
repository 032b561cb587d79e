// What went wrong or is worth knowing, above the figures. Figures already shown stay.
import { h } from "./dom";
import * as format from "./format";
import type { StatsError } from "./ask";
import { fill, text } from "./texts";

/** Say why there are no fresh figures. `shownAt` is when those on the page were fetched, if there are any. */
export function showFailure(parent: HTMLElement, base: string, error: StatsError, shownAt: number | null, retry: () => void): void {
  const words = failureWords(error);
  const age = shownAt === null ? "" : ` ${fill(text.states.figures_of, { time: format.timeOfDay(shownAt) })}`;
  const next = encodeURIComponent(location.pathname + location.search);
  const way =
    error.reason === "logged_out"
      ? h("a", { href: `${base}/login?next=${next}` }, text.states.log_in_again)
      : h("button", { type: "button", class: "quiet", onclick: retry }, text.states.retry);
  // Said once: the same words again would be read out at every try.
  if (parent.firstElementChild?.textContent === words + age) return;
  parent.replaceChildren(h("div", { class: `notice ${error.reason}` }, h("span", {}, words + age), way));
}

/** What went wrong, in words. */
export function failureWords(error: StatsError): string {
  return {
    unavailable: fill(text.states.unavailable, { why: error.message }),
    offline: text.states.offline,
    logged_out: text.states.logged_out,
    refused: [text.states.failed, error.message].join(" "),
  }[error.reason];
}

/** Say that the figures are the last known ones, of `at` (ISO 8601), because the database is away. */
export function showStale(parent: HTMLElement, at: string, retry: () => void): void {
  const words = fill(text.states.stale, { time: format.moment(at), age: format.age(at) });
  if (parent.firstElementChild?.firstElementChild?.textContent === words) return;
  const again = h("button", { type: "button", class: "quiet", onclick: retry }, text.states.retry);
  parent.replaceChildren(h("div", { class: "notice unavailable stale" }, h("span", {}, words), again));
}

export function showRemark(parent: HTMLElement, words: string): void {
  if (parent.textContent !== words) parent.replaceChildren(h("p", { class: "notice" }, words));
}
