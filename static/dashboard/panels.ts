// Which panels there are, and what each tab shows.
import type { Condition } from "./filters";
import { dimensionName } from "./labels";
import type { Site } from "./site";
import type { Dimension, Metric } from "./stats";
import { lookup, text } from "./texts";

export interface Column {
  readonly metric: Metric;
  readonly name: string;
}

export interface Tab {
  /** Its name in the URL. */
  readonly id: string;
  readonly name: string;
  readonly dimension: Dimension;
  /** The first column sorts the rows and draws the bars. */
  readonly columns: readonly Column[];
  /** Whether each row also says its share of the total. */
  readonly share: boolean;
  /** What the tab is about, where it is only some of its dimension's values. */
  readonly only: Condition | null;
  /** The tabs that open where a row is chosen: what one asks next. */
  readonly next: (value: string) => readonly string[];
  readonly shape: "rows" | "map" | "heat";
  /** Whether a row also leads to the pages of its visits. */
  readonly leads: boolean;
}

export interface Panel {
  readonly id: PanelName;
  readonly tabs: readonly Tab[];
}

export type PanelName = keyof typeof text.panels;

type More = Partial<Pick<Tab, "only" | "next" | "shape" | "share" | "leads">>;

const column = (metric: Metric, name?: string): Column => ({ metric, name: name ?? lookup(text.metrics, metric, metric) });
const [visitors, visits, pageviews, bounceRate] = [
  column("visitors"),
  column("visits"),
  column("pageviews"),
  column("bounce_rate"),
];

function tab(dimension: Dimension, columns: readonly Column[], more: More = {}, id: string = dimension): Tab {
  const name = lookup(text.tabs, id, dimensionName(dimension));
  return { id, name, dimension, columns, share: false, only: null, next: () => [], shape: "rows", leads: false, ...more };
}

const counted = (dimension: Dimension): Tab => tab(dimension, [visitors, pageviews]);
const shared = (dimension: Dimension, next?: string): Tab =>
  tab(dimension, [visitors], { share: true, next: () => (next ? [next] : []) });
// From where visits came one goes on to where they arrived.
const source = (dimension: Dimension): Tab => tab(dimension, [visitors, bounceRate], { leads: true, next: () => ["entry_page"] });
const referrers = (type: string, id: string): Tab =>
  tab(
    "referrer",
    [visitors, bounceRate],
    { only: { dimension: "referrer_type", operator: "==", value: type }, leads: true, next: () => ["entry_page"] },
    id,
  );
const CHANNELS: Readonly<Record<string, string>> = { search: "search_engines", social: "social", website: "websites", ai: "ai" };

const PANELS: readonly Panel[] = [
  {
    id: "pages",
    tabs: [
      counted("page"),
      counted("title"),
      tab("entry_page", [column("visits", text.metrics.entries), bounceRate]),
      tab("exit_page", [column("visits", text.metrics.exits)], { share: true }),
      tab("download", [visitors, column("downloads")]),
      tab("outlink", [visitors, column("outlinks")]),
      tab("status", [visitors, pageviews]),
    ],
  },
  {
    id: "sources",
    tabs: [
      tab("referrer_type", [visitors, bounceRate], {
        leads: true,
        next: (type) => [...(CHANNELS[type] ? [CHANNELS[type]] : []), "entry_page"],
      }),
      source("referrer"),
      referrers("search", "search_engines"),
      referrers("website", "websites"),
      referrers("social", "social"),
      referrers("ai", "ai"),
      source("keyword"),
      source("referrer_path"),
    ],
  },
  {
    id: "places",
    tabs: [
      tab("country", [visitors], { share: true, shape: "map", next: () => ["region"] }),
      shared("continent", "country"),
      shared("region", "city"),
      shared("city"),
      shared("language"),
    ],
  },
  {
    id: "campaigns",
    tabs: [
      ...(["campaign", "campaign_source", "campaign_medium", "campaign_keyword", "campaign_content", "campaign_id"] as const).map(
        source,
      ),
    ],
  },
  {
    id: "devices",
    tabs: [
      shared("device"),
      shared("browser", "browser_version"),
      shared("browser_version"),
      shared("os", "os_version"),
      shared("os_version"),
      shared("screen"),
      shared("brand", "model"),
      shared("model"),
    ],
  },
  {
    id: "times",
    tabs: [
      tab("hour", [visits], { shape: "heat" }, "week_hours"),
      shared("hour"),
      shared("visitor_hour"),
      shared("weekday"),
    ],
  },
  { id: "goals", tabs: [tab("goal", [column("conversions"), column("conversion_rate"), column("revenue")])] },
  { id: "products", tabs: [tab("product", [column("hits", text.metrics.pieces), column("orders"), column("revenue")])] },
  {
    id: "events",
    tabs: (["event_category", "event_action", "event_name"] as const).map((dimension, index, all) =>
      tab(dimension, [column("events"), visitors, column("event_value")], { next: () => all.slice(index + 1, index + 2) }),
    ),
  },
  {
    id: "search",
    tabs: [tab("search", [column("searches"), visitors]), tab("search_category", [column("searches"), visitors])],
  },
  {
    id: "contents",
    tabs: [tab("content", [column("hits"), visitors]), tab("content_piece", [column("hits"), visitors])],
  },
  { id: "visitors", tabs: [shared("visitor_type"), shared("host")] },
];

/** The panels of a site, and the names of those that it has nothing for: `has` are the dimensions it has values of. */
export function panelsOf(site: Site, has: ReadonlySet<string>): { panels: readonly Panel[]; without: readonly string[] } {
  const own = Object.entries(site.dimensions).map(([name, { ofActions }]) =>
    tab(name as Dimension, [visitors, column(ofActions ? "hits" : "visits")]),
  );
  const all = [...PANELS, ...(own.length ? [{ id: "own", tabs: own } as const] : [])];
  const filled = all.map(({ id, tabs }) => ({ id, tabs: tabs.filter(({ dimension }) => has.has(dimension)) }));
  return {
    panels: filled.filter(({ tabs }) => tabs.length),
    without: filled.filter(({ tabs }) => !tabs.length).map(({ id }) => text.panels[id]),
  };
}

/** The tab of a panel that a view has open: the one it names, else the first. */
export function openTab(panel: Panel, tabs: readonly string[]): Tab {
  const tab = panel.tabs.find(({ id }) => tabs.includes(id)) ?? panel.tabs[0];
  if (!tab) throw new Error(`The panel ${panel.id} has no tab`);
  return tab;
}

/** The view's open tabs after `opened` was chosen in whichever of `panels` has it; unchanged where none has. */
export function withTab(panels: readonly Panel[], tabs: readonly string[], opened: string): readonly string[] {
  const panel = panels.find((one) => one.tabs.some(({ id }) => id === opened));
  if (!panel) return tabs;
  const others = tabs.filter((id) => !panel.tabs.some((tab) => tab.id === id));
  return opened === panel.tabs[0]?.id ? others : [...others, opened];
}
