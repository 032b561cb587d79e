// What one looks at, as a value: read from the URL and written back, so that every view can be bookmarked and shared.
import { daysBetween, isDay } from "./dates";
import type { Filter } from "./filters";
import { readFilters, writeFilters } from "./filters";
import type { Compare, RangeName, Span, Step } from "./ranges";
import { comparedSpan, RANGES, spanOf, stepsFor } from "./ranges";
import type { TileMetric } from "./stats";
import { TILES } from "./stats";

export interface View {
  readonly range: RangeName;
  readonly custom: Span | null;
  readonly step: Step | null;
  readonly compare: Compare;
  readonly metric: TileMetric;
  readonly filters: readonly Filter[];
  /** The tabs that are open where they are not their panel's first. */
  readonly tabs: readonly string[];
  readonly more: string;
  /** Of a funnel, one after the other; and whether they are of one visit, or of all visits of a visitor. */
  readonly steps: readonly Filter[];
  readonly within: Within;
  /** Of retention. */
  readonly weeks: number;
}

export type Within = "visit" | "visitor";
export const WEEKS = [6, 12, 26, 52] as const;

const PLAIN: View = {
  range: "28days",
  custom: null,
  step: null,
  compare: "previous",
  metric: "visitors",
  filters: [],
  tabs: [],
  more: "",
  steps: [],
  within: "visit",
  weeks: 12,
};

/** The view that a query string describes; what it leaves out or gets wrong is as in the plain view. */
export function readView(search: string): View {
  const query = new URLSearchParams(search);
  const [from, to] = [query.get("from"), query.get("to")];
  const custom = isDay(from) && isDay(to) && from <= to && daysBetween(from, to) <= 3660 ? { from, to } : null;
  return {
    range: custom ? "custom" : pick(RANGES, query.get("range"), "28days"),
    custom,
    step: pick<Step | null>(["hour", "day", "week", "month"], query.get("step"), null),
    compare: pick<Compare>(["previous", "year", "none"], query.get("compare"), "previous"),
    metric: pick(TILES, query.get("metric"), "visitors"),
    filters: readFilters(query.get("filter") ?? ""),
    tabs: (query.get("tab") ?? "").split(",").filter((id) => /^[a-z_0-9]+$/.test(id)),
    more: query.get("more") ?? "",
    steps: readFilters(query.get("steps") ?? ""),
    within: pick<Within>(["visit", "visitor"], query.get("within"), "visit"),
    weeks: WEEKS.find((weeks) => String(weeks) === query.get("weeks")) ?? PLAIN.weeks,
  };
}

/** The query string of a view, with its question mark; empty for the plain view. */
export function writeView(view: View): string {
  const parts: [string, string][] = [];
  if (view.custom) parts.push(["from", view.custom.from], ["to", view.custom.to]);
  else if (view.range !== PLAIN.range) parts.push(["range", view.range]);
  if (view.step) parts.push(["step", view.step]);
  if (view.compare !== PLAIN.compare) parts.push(["compare", view.compare]);
  if (view.metric !== PLAIN.metric) parts.push(["metric", view.metric]);
  if (view.filters.length) parts.push(["filter", writeFilters(view.filters)]);
  if (view.tabs.length) parts.push(["tab", view.tabs.join(",")]);
  if (view.more) parts.push(["more", view.more]);
  if (view.steps.length) parts.push(["steps", writeFilters(view.steps)]);
  if (view.within !== PLAIN.within) parts.push(["within", view.within]);
  if (view.weeks !== PLAIN.weeks) parts.push(["weeks", String(view.weeks)]);
  return parts.length ? `?${parts.map(([name, value]) => `${name}=${legible(value)}`).join("&")}` : "";
}

export function spanOfView(view: View, today: string): Span {
  return view.custom ?? spanOf(view.range === "custom" ? "28days" : view.range, today);
}

export function comparedSpanOfView(view: View, today: string): Span | null {
  return comparedSpan(spanOfView(view, today), view.range, view.compare);
}

/** The step of the chart: the chosen one where it suits the span, else the best. */
export function stepOfView(view: View, today: string): Step {
  const steps = stepsFor(spanOfView(view, today));
  return view.step && steps.includes(view.step) ? view.step : (steps[0] ?? "day");
}

// Everything is encoded but the characters that a query may hold and that make it readable.
function legible(value: string): string {
  return encodeURIComponent(value).replace(/%(3D|3B|2F|2C|3A)/g, decodeURIComponent);
}

function pick<T>(allowed: readonly T[], value: string | null, otherwise: T): T {
  return allowed.find((one) => one === value) ?? otherwise;
}
