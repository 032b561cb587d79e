// Shown while a site has no visit at all: what to paste, and a live look-out for the first one.
import { copyButton } from "./copy";
import { addMonths, today } from "./dates";
import { h, replace } from "./dom";
import type { Site } from "./site";
import { fetchStats, numberIn } from "./stats";
import { fill, text } from "./texts";

const LOOK_EVERY_MS = 3000;

/** True where the site has had no visit for as long as figures are kept. Throws as fetchStats does. */
export async function hasNoVisits(site: Site, signal: AbortSignal): Promise<boolean> {
  const to = today(site.timezone);
  const span = { from: addMonths(to, -site.months), to };
  const { totals } = await fetchStats(site.base, site.id, { span, metrics: ["visits"], filters: [] }, signal);
  return numberIn(totals, "visits") === 0;
}

/** Show the snippet and look for visits until there is one or `signal` is aborted; then call `arrived`. */
export function waitForFirst(parent: HTMLElement, site: Site, signal: AbortSignal, arrived: () => void): void {
  const snippet = `<script src="${site.script}" async></script>`;
  const code = h("code", { tabindex: 0 }, snippet);
  replace(
    parent,
    h(
      "section",
      { class: "card first" },
      h("h2", {}, text.empty.title),
      h("p", {}, fill(text.empty.paste, { site: site.name })),
      h("pre", {}, code),
      copyButton(snippet),
      h("p", { class: "watching", role: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), text.empty.watching),
      h("p", { class: "muted" }, text.empty.consent),
    ),
  );
  parent.hidden = false;
  const look = async (): Promise<void> => {
    const day = today(site.timezone);
    const question = { span: { from: day, to: day }, metrics: ["visits"], filters: [] } as const;
    // A failed look is no news: the next one comes soon.
    const answer = await fetchStats(site.base, site.id, question, signal).catch(() => null);
    if (signal.aborted) return;
    if (answer && numberIn(answer.totals, "visits") > 0) {
      parent.hidden = true;
      parent.replaceChildren();
      arrived();
    } else setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  setTimeout(() => void look(), LOOK_EVERY_MS);
}
