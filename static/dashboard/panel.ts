// One panel: tabs, a table whose rows filter, and its figures as CSV.
import type { Change, Go } from "./controls";
import { link } from "./controls";
import { h, isPlainClick, replace } from "./dom";
import { withFilter } from "./filters";
import * as format from "./format";
import { label } from "./labels";
import type { Panel, Tab } from "./panels";
import { openTab, withTab } from "./panels";
import type { Span } from "./ranges";
import type { Site } from "./site";
import type { Row, StatsAnswer, StatsQuery } from "./stats";
import { numberIn, statsUrl } from "./stats";
import { fill, text } from "./texts";
import type { View } from "./view";
import { writeView } from "./view";

const FEW = 9;
const MANY = 100;
const EXPORTED = 10_000;

/** What to ask for a panel: one row more than it shows, to know whether there are more. */
export function panelQuery(panel: Panel, view: View, span: Span): StatsQuery {
  const limit = (view.more === panel.id ? MANY : FEW) + 1;
  return queryOf(openTab(panel, view.tabs), view, span, limit);
}

/** The frame of a panel, its rows still to come. Returns where they go. */
export function showFrame(element: HTMLElement, panel: Panel, site: Site, view: View, span: Span, go: Go): HTMLElement {
  const open = openTab(panel, view.tabs);
  const id = `panel-${panel.id}`;
  const body = element.querySelector<HTMLElement>(".panel-body") ?? h("div", { class: "panel-body", role: "tabpanel", id });
  // The rows of another tab must not stand under this one's name while its own are on their way.
  if (body.getAttribute("aria-label") !== text.dimensions[open.dimension]) body.replaceChildren(...bones());
  body.setAttribute("aria-label", text.dimensions[open.dimension]);
  const tabs = panel.tabs.map((tab) => tabLink(panel, tab, tab === open, view, go));
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": text.panels[panel.id] }, ...tabs);
  list.addEventListener("keydown", (event) => moveAmong(tabs, event));
  const csv = h(
    "a",
    { class: "csv", href: statsUrl(site.base, site.id, queryOf(open, view, span, EXPORTED), "csv"), download: true },
    text.panels.csv,
  );
  csv.setAttribute("aria-label", fill(text.panels.csv_of, { panel: text.dimensions[open.dimension] }));
  replace(element, h("header", { class: "panel-head" }, h("h2", {}, text.panels[panel.id]), list, csv), body);
  return body;
}

/** The rows of a panel. `totals` are those of the whole view. */
export function showRows(body: HTMLElement, panel: Panel, view: View, answer: StatsAnswer, totals: Row, go: Go): void {
  const tab = openTab(panel, view.tabs);
  const expanded = view.more === panel.id;
  const rows = answer.rows.slice(0, expanded ? MANY : FEW);
  if (!rows.length) {
    replace(body, h("p", { class: "nothing" }, text.states.no_rows));
    return;
  }
  const first = tab.columns[0];
  const greatest = Math.max(1, ...rows.map((row) => (first ? numberIn(row, first.metric) : 0)));
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, text.dimensions[tab.dimension]),
    ...tab.columns.map(({ name }) => h("th", { scope: "col", class: "number" }, name)),
    tab.share ? h("th", { scope: "col", class: "number" }, text.metrics.share) : null,
  );
  const cells = rows.map((row) => tableRow(tab, row, greatest, totals, view, go));
  const table = h("table", { class: "figures bars" }, h("thead", {}, head), h("tbody", {}, ...cells));
  const hasMore = answer.rows.length > FEW;
  const more = hasMore
    ? link(expanded ? text.panels.less : text.panels.more, "more", view, (view) => ({ ...view, more: expanded ? "" : panel.id }), go)
    : null;
  if (more) more.dataset["key"] = "more";
  replace(body, table, more);
}

function tableRow(tab: Tab, row: Row, greatest: number, totals: Row, view: View, go: Go): HTMLElement {
  const { dimension, columns } = tab;
  const value = String(row[dimension] ?? "");
  const name = label(dimension, value);
  const first = columns[0];
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${first ? (numberIn(row, first.metric) / greatest) * 100 : 0}%`;
  const words = fill(text.panels.filter_by, { dimension: text.dimensions[dimension], value: name });
  const filtered: Change = (view) => ({ ...view, filters: withFilter(view.filters, { dimension, value }), more: "" });
  const target = link(name, "row-label", view, filtered, go);
  target.dataset["key"] = `row-${value}`;
  target.title = name === value ? name : `${name}${value && ` (${value})`}`;
  target.append(h("span", { class: "hidden" }, ` – ${words}`));
  const cells = columns.map(({ metric }) => h("td", { class: "number" }, format.shortFigure(metric, numberIn(row, metric), 100_000)));
  const whole = first ? numberIn(totals, first.metric) : 0;
  const part = first && whole ? format.share(numberIn(row, first.metric) / whole) : "";
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("div", { class: "row-cell" }, bar, target)),
    ...cells,
    tab.share ? h("td", { class: "number muted" }, part) : null,
  );
}

function queryOf(tab: Tab, view: View, span: Span, limit: number): StatsQuery {
  const metrics = tab.columns.map(({ metric }) => metric);
  return { span, metrics, filters: view.filters, dimension: tab.dimension, limit };
}

function tabLink(panel: Panel, tab: Tab, isOpen: boolean, view: View, go: Go): HTMLElement {
  const change: Change = (view) => ({ ...view, tabs: withTab(panel, view.tabs, tab.dimension), more: "" });
  return h(
    "a",
    {
      role: "tab",
      class: "tab",
      href: location.pathname + writeView(change(view)),
      tabindex: isOpen ? 0 : -1,
      "aria-selected": String(isOpen),
      "aria-controls": `panel-${panel.id}`,
      "data-key": `tab-${tab.dimension}`,
      onclick: (event: Event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        go(change);
      },
    },
    text.tabs[tab.dimension as keyof typeof text.tabs],
  );
}

// Arrow keys move among tabs, as the ARIA Authoring Practices ask; Enter or space opens.
function moveAmong(tabs: readonly HTMLElement[], event: KeyboardEvent): void {
  const at = tabs.indexOf(document.activeElement as HTMLElement);
  const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
  if (event.key === " " && at >= 0) {
    event.preventDefault();
    tabs[at]?.click();
  } else if (step !== undefined && at >= 0) {
    event.preventDefault();
    tabs[(at + step) % tabs.length]?.focus();
  }
}

function bones(): HTMLElement[] {
  return Array.from({ length: FEW }, () => h("span", { class: "bone bone-row" }));
}
