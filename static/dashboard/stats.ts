// GET /v1/stats/{site}: the question and the answer.
import { ask, StatsError } from "./ask";
import type { Filter } from "./filters";
import { writeFilters } from "./filters";
import type { Span, Step } from "./ranges";

export type Metric =
  | "visitors"
  | "visits"
  | "pageviews"
  | "actions"
  | "bounce_rate"
  | "avg_seconds"
  | "engaged_seconds"
  | "conversions"
  | "conversion_rate"
  | "revenue"
  | "orders"
  | "events"
  | "event_value"
  | "downloads"
  | "outlinks"
  | "searches"
  | "hits";

const HEADLINE = [
  "visitors",
  "visits",
  "pageviews",
  "actions_per_visit",
  "bounce_rate",
  "avg_seconds",
  "engaged_seconds",
] as const;
export const TILES = [...HEADLINE, "conversions", "revenue"] as const;
/** A headline figure: a metric, or one made of two. */
export type TileMetric = (typeof TILES)[number];

export const DIMENSIONS = [
  "page",
  "title",
  "entry_page",
  "exit_page",
  "host",
  "download",
  "outlink",
  "status",
  "referrer_type",
  "referrer",
  "referrer_path",
  "keyword",
  "campaign",
  "campaign_source",
  "campaign_medium",
  "campaign_keyword",
  "campaign_content",
  "campaign_id",
  "country",
  "continent",
  "region",
  "city",
  "language",
  "device",
  "browser",
  "browser_version",
  "os",
  "os_version",
  "screen",
  "brand",
  "model",
  "hour",
  "visitor_hour",
  "weekday",
  "visitor_type",
  "goal",
  "event_category",
  "event_action",
  "event_name",
  "search",
  "search_category",
  "content",
  "content_piece",
  "product",
] as const;
/** Besides these the site's own: dimension1 to dimension20. */
export type Dimension = (typeof DIMENSIONS)[number] | `dimension${number}`;

/** `name` where it is a dimension, else undefined. */
export function dimensionNamed(name: string): Dimension | undefined {
  if (/^dimension([1-9]|1\d|20)$/.test(name)) return name as Dimension;
  return DIMENSIONS.find((one) => one === name);
}

/** The headline figures of a site: conversions and revenue where it has goals. */
export function tilesOf(hasGoals: boolean): readonly TileMetric[] {
  return hasGoals ? TILES : HEADLINE;
}

export interface StatsQuery {
  readonly span: Span;
  readonly metrics: readonly Metric[];
  readonly filters: readonly Filter[];
  readonly dimension?: Dimension;
  /** Without a step or a dimension only the totals matter; with both there is a row for each value in each step. */
  readonly step?: Step;
  readonly limit?: number;
}

export type Row = Readonly<Record<string, string | number | null>>;

export interface StatsAnswer {
  readonly rows: readonly Row[];
  readonly totals: Row;
  /** The oldest day that figures are kept of, where the question reached further back. */
  readonly cut?: string;
  /** When these figures were made (ISO 8601), where the database is away and no newer ones can be had. */
  readonly stale?: string;
}

/** Where a question is answered. `format`: csv and file (JSON) download the same rows. */
export function statsUrl(base: string, site: number, query: StatsQuery, format: "json" | "csv" | "file" = "json"): string {
  const parameters = new URLSearchParams({
    metrics: query.metrics.join(","),
    from: query.span.from,
    to: query.span.to,
  });
  if (query.dimension) parameters.set("dimension", query.dimension);
  if (query.step || !query.dimension) parameters.set("period", query.step ?? "range");
  if (query.filters.length) parameters.set("filter", writeFilters(query.filters));
  if (query.limit) parameters.set("limit", String(query.limit));
  if (format === "csv") parameters.set("format", "csv");
  if (format === "file") parameters.set("download", "1");
  return `${base}/v1/stats/${site}?${parameters}`;
}

/** Ask; while the database is away, the last answer there was, if there was one. Throws StatsError, or AbortError where `signal` was aborted. */
export async function fetchStats(base: string, site: number, query: StatsQuery, signal: AbortSignal): Promise<StatsAnswer> {
  const body = await ask<unknown>(`${statsUrl(base, site, query)}&stale=1`, signal);
  if (!isAnswer(body)) throw new StatsError("unavailable", "");
  return body;
}

/** The dimensions that the site has any value of. Throws as fetchStats does. */
export async function fetchDimensions(base: string, site: number, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const body = await ask<unknown>(`${base}/sites/${site}/dimensions`, signal);
  const found = isRecord(body) ? body["dimensions"] : null;
  if (!Array.isArray(found)) throw new StatsError("unavailable", "");
  return new Set(found.map(String));
}

/** A number of a row; 0 where it is missing, because an empty period has no row. */
export function numberIn(row: Row | undefined, metric: TileMetric | Metric): number {
  if (metric === "actions_per_visit") {
    const visits = numberIn(row, "visits");
    return visits ? numberIn(row, "actions") / visits : 0;
  }
  const value = row?.[metric];
  return typeof value === "number" ? value : 0;
}

/** The metrics to ask for in order to show `tiles`. */
export function metricsFor(tiles: readonly TileMetric[]): Metric[] {
  const wanted = tiles.flatMap((tile): Metric[] => (tile === "actions_per_visit" ? ["actions", "visits"] : [tile]));
  return [...new Set(wanted)];
}

function isAnswer(body: unknown): body is StatsAnswer {
  return isRecord(body) && Array.isArray(body["rows"]) && body["rows"].every(isRecord) && isRecord(body["totals"]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
