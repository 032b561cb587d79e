// Which panels there are, and what each tab shows.
import type { Dimension, Metric } from "./stats";
import { text } from "./texts";

export interface Column {
  readonly metric: Metric;
  readonly name: string;
}

export interface Tab {
  readonly dimension: Dimension;
  /** The first column sorts the rows and draws the bars. */
  readonly columns: readonly Column[];
  /** Whether each row also says its share of the total. */
  readonly share: boolean;
}

export interface Panel {
  readonly id: keyof typeof text.panels;
  readonly tabs: readonly Tab[];
}

const visitors: Column = { metric: "visitors", name: text.metrics.visitors };
const pageviews: Column = { metric: "pageviews", name: text.metrics.pageviews };
const bounceRate: Column = { metric: "bounce_rate", name: text.metrics.bounce_rate };

const counted = (dimension: Dimension): Tab => ({ dimension, columns: [visitors, pageviews], share: false });
const channel = (dimension: Dimension): Tab => ({ dimension, columns: [visitors, bounceRate], share: false });
const shared = (dimension: Dimension): Tab => ({ dimension, columns: [visitors], share: true });

export const PANELS: readonly Panel[] = [
  {
    id: "pages",
    tabs: [
      counted("page"),
      counted("title"),
      { dimension: "entry_page", columns: [{ metric: "visits", name: text.metrics.entries }, bounceRate], share: false },
      { dimension: "exit_page", columns: [{ metric: "visits", name: text.metrics.exits }], share: true },
    ],
  },
  { id: "sources", tabs: [channel("referrer_type"), channel("referrer"), channel("campaign")] },
  { id: "places", tabs: [shared("country"), shared("language")] },
  { id: "devices", tabs: [shared("browser"), shared("os"), shared("device"), shared("screen")] },
];

/** The tab of a panel that a view has open: the one it names, else the first. */
export function openTab(panel: Panel, tabs: readonly Dimension[]): Tab {
  const tab = panel.tabs.find(({ dimension }) => tabs.includes(dimension)) ?? panel.tabs[0];
  if (!tab) throw new Error(`The panel ${panel.id} has no tab`);
  return tab;
}

/** The view's open tabs after `opened` was chosen in `panel`. */
export function withTab(panel: Panel, tabs: readonly Dimension[], opened: Dimension): Dimension[] {
  const others = tabs.filter((dimension) => !panel.tabs.some((tab) => tab.dimension === dimension));
  return opened === panel.tabs[0]?.dimension ? others : [...others, opened];
}
