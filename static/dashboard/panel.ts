// One panel: tabs, what the open one shows, and its figures as CSV.
import type { Round } from "./board";
import type { Change, Go } from "./controls";
import { downloads } from "./downloads";
import { link } from "./controls";
import { h, isPlainClick, replace } from "./dom";
import { showHeat } from "./heat";
import type { Panel, Tab } from "./panels";
import { openTab, withTab } from "./panels";
import type { Span } from "./ranges";
import { rowsTable } from "./rows";
import type { Site } from "./site";
import type { StatsAnswer, StatsQuery } from "./stats";
import { statsUrl } from "./stats";
import { text } from "./texts";
import type { View } from "./view";
import { writeView } from "./view";

const FEW = 9;
const MANY = 100;
const EXPORTED = 10_000;
const ALL_COUNTRIES = 300;

/** What to ask for a panel: one row more than it shows, to know whether there are more. */
export function panelQuery(panel: Panel, view: View, span: Span): StatsQuery {
  const tab = openTab(panel, view.tabs);
  const limit = (view.more === panel.id ? MANY : FEW) + 1;
  return queryOf(tab, view, span, tab.shape === "map" ? ALL_COUNTRIES : limit);
}

/** The frame of a panel, its rows still to come. Returns where they go. `panels` are all there are. */
export function showFrame(
  element: HTMLElement,
  panel: Panel,
  panels: readonly Panel[],
  site: Site,
  view: View,
  span: Span,
  go: Go,
): HTMLElement {
  const open = openTab(panel, view.tabs);
  const id = `panel-${panel.id}`;
  const body = element.querySelector<HTMLElement>(".panel-body") ?? h("div", { class: "panel-body", role: "tabpanel", id });
  // The rows of another tab must not stand under this one's name while its own are on their way.
  if (body.dataset["tab"] !== open.id) body.replaceChildren(...bones());
  body.dataset["tab"] = open.id;
  body.setAttribute("aria-label", open.name);
  const tabs = panel.tabs.map((tab) => tabLink(panel, panels, tab, tab === open, view, go));
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": text.panels[panel.id] }, ...tabs);
  list.addEventListener("keydown", (event) => moveAmong(tabs, event));
  const all = queryOf(open, view, span, EXPORTED);
  const files = downloads(open.name, statsUrl(site.base, site.id, all, "csv"), statsUrl(site.base, site.id, all, "file"));
  replace(element, h("header", { class: "panel-head" }, h("h2", {}, text.panels[panel.id]), files, list), body);
  return body;
}

/** What the open tab of a panel shows. */
export async function showPanel(
  body: HTMLElement,
  panel: Panel,
  panels: readonly Panel[],
  round: Round,
  answer: StatsAnswer,
  go: Go,
): Promise<void> {
  const { view, span } = round;
  const tab = openTab(panel, view.tabs);
  const expanded = view.more === panel.id;
  if (!answer.rows.length) {
    replace(body, h("p", { class: "nothing" }, text.states.no_rows));
    return;
  }
  if (tab.shape === "heat") {
    showHeat(body, answer, span, view, go);
    return;
  }
  const table = rowsTable(tab, panels, answer.rows.slice(0, expanded ? MANY : FEW), round, go);
  const hasMore = answer.rows.length > FEW;
  const more = hasMore
    ? link(expanded ? text.panels.less : text.panels.more, "more", view, (view) => ({ ...view, more: expanded ? "" : panel.id }), go)
    : null;
  if (more) more.dataset["key"] = "more";
  if (tab.shape === "rows") {
    replace(body, table, more);
    return;
  }
  // The map stays where it is and is coloured anew; it is loaded after the table.
  const map = body.querySelector(".map") ?? h("div", { class: "map" });
  replace(body, h("div", { class: "beside" }, map, h("div", { class: "beside-table" }, table, more)));
  const { drawMap } = await import("./worldmap");
  if (!round.signal.aborted) drawMap(map, answer.rows, tab, panels, span, go);
}

function queryOf(tab: Tab, view: View, span: Span, limit: number): StatsQuery {
  const metrics = tab.columns.map(({ metric }) => metric);
  const filters = tab.only ? [...view.filters, [tab.only]] : view.filters;
  const query = { span, metrics, filters, dimension: tab.dimension };
  return tab.shape === "heat" ? { ...query, step: "day", limit: 24 } : { ...query, limit };
}

function tabLink(panel: Panel, panels: readonly Panel[], tab: Tab, isOpen: boolean, view: View, go: Go): HTMLElement {
  const change: Change = (view) => ({ ...view, tabs: withTab(panels, view.tabs, tab.id), more: "" });
  return h(
    "a",
    {
      role: "tab",
      class: "tab",
      href: location.pathname + writeView(change(view)),
      tabindex: isOpen ? 0 : -1,
      "aria-selected": String(isOpen),
      "aria-controls": `panel-${panel.id}`,
      "data-key": `tab-${tab.id}`,
      onclick: (event: Event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        go(change);
      },
    },
    tab.name,
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
