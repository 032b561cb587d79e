// The rows of a panel: each with its bar, its figures, and the ways to look at its visits only or to leave them out.
import type { Round } from "./board";
import type { Change, Go } from "./controls";
import { link } from "./controls";
import { h, isPlainClick } from "./dom";
import type { Operator } from "./filters";
import { withFilter } from "./filters";
import * as format from "./format";
import { dimensionName, label } from "./labels";
import type { Panel, Tab } from "./panels";
import { withTab } from "./panels";
import type { Row } from "./stats";
import { numberIn } from "./stats";
import { fill, text } from "./texts";

/** The table of `rows`, which are those of `tab`. */
export function rowsTable(tab: Tab, panels: readonly Panel[], rows: readonly Row[], round: Round, go: Go): HTMLElement {
  const first = tab.columns[0];
  const greatest = Math.max(1e-9, ...rows.map((row) => (first ? numberIn(row, first.metric) : 0)));
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, dimensionName(tab.dimension)),
    ...tab.columns.map(({ name }) => h("th", { scope: "col", class: "number" }, name)),
    tab.share ? h("th", { scope: "col", class: "number" }, text.metrics.share) : null,
  );
  const cells = rows.map((row) => tableRow(tab, panels, row, greatest, round, go));
  return h("table", { class: `figures bars bars-${tab.columns.length}` }, h("thead", {}, head), h("tbody", {}, ...cells));
}

/** The step from a view to that of the visits with `value`, or without; what one asks next of it opens. */
export function chosen(tab: Tab, panels: readonly Panel[], operator: Operator, value: string): Change {
  const { dimension } = tab;
  return (view) => ({
    ...view,
    filters: withFilter(view.filters, { dimension, operator, value }),
    tabs: operator === "==" ? tab.next(value).reduce((tabs, id) => withTab(panels, tabs, id), view.tabs) : view.tabs,
    more: "",
  });
}

/** A link to the pages of the visits with `value`: all of them at length, brought into sight. */
function pagesOf(tab: Tab, panels: readonly Panel[], value: string, words: string, round: Round, go: Go): HTMLElement {
  const change: Change = (view) => ({
    ...view,
    filters: withFilter(view.filters, { dimension: tab.dimension, operator: "==", value }),
    tabs: withTab(panels, view.tabs, "page"),
    more: "pages",
  });
  const target = link("→", "row-not row-pages", round.view, change, go);
  target.title = words;
  target.setAttribute("aria-label", words);
  target.dataset["key"] = `pages-${value}`;
  target.addEventListener("click", (event) => {
    if (isPlainClick(event)) document.querySelector(".panel-pages")?.scrollIntoView({ block: "nearest" });
  });
  return target;
}

function tableRow(tab: Tab, panels: readonly Panel[], row: Row, greatest: number, round: Round, go: Go): HTMLElement {
  const { dimension, columns } = tab;
  const value = String(row[dimension] ?? "");
  const name = label(dimension, value);
  const first = columns[0];
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${first ? (numberIn(row, first.metric) / greatest) * 100 : 0}%`;
  const named = { dimension: dimensionName(dimension), value: name };
  const target = link(name, "row-label", round.view, chosen(tab, panels, "==", value), go);
  target.dataset["key"] = `row-${value}`;
  target.title = name === value ? name : `${name}${value && ` (${value})`}`;
  target.append(h("span", { class: "hidden" }, ` – ${fill(text.panels.filter_by, named)}`));
  const without = link("≠", "row-not", round.view, chosen(tab, panels, "!=", value), go);
  without.title = fill(text.panels.leave_out, named);
  without.setAttribute("aria-label", without.title);
  without.dataset["key"] = `not-${value}`;
  const pages = tab.leads ? pagesOf(tab, panels, value, fill(text.panels.pages_of, named), round, go) : null;
  const cells = columns.map(({ metric }) => h("td", { class: "number" }, format.shortFigure(metric, numberIn(row, metric), 100_000)));
  const whole = first ? numberIn(round.totals, first.metric) : 0;
  const part = first && whole ? format.share(numberIn(row, first.metric) / whole) : "";
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("div", { class: "row-cell" }, bar, target, pages, without)),
    ...cells,
    tab.share ? h("td", { class: "number muted" }, part) : null,
  );
}
