// GET /v1/stats/{site}: the question, the answer, and what can go wrong.
import type { Filter } from "./filters";
import { writeFilters } from "./filters";
import type { Span, Step } from "./ranges";

export type Metric = "visitors" | "visits" | "pageviews" | "actions" | "bounce_rate" | "avg_seconds" | "engaged_seconds";

export const TILES = [
  "visitors",
  "visits",
  "pageviews",
  "actions_per_visit",
  "bounce_rate",
  "avg_seconds",
  "engaged_seconds",
] as const;
/** A headline figure: a metric, or one made of two. */
export type TileMetric = (typeof TILES)[number];

export const DIMENSIONS = [
  "page",
  "title",
  "entry_page",
  "exit_page",
  "referrer_type",
  "referrer",
  "campaign",
  "country",
  "language",
  "browser",
  "os",
  "device",
  "screen",
  "hour",
] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export const FILTERABLE: readonly Dimension[] = DIMENSIONS.filter((dimension) => dimension !== "hour");

export interface StatsQuery {
  readonly span: Span;
  readonly metrics: readonly Metric[];
  readonly filters: readonly Filter[];
  readonly dimension?: Dimension;
  /** Without a step or a dimension only the totals matter. */
  readonly step?: Exclude<Step, "hour">;
  readonly limit?: number;
}

export type Row = Readonly<Record<string, string | number | null>>;

export interface StatsAnswer {
  readonly rows: readonly Row[];
  readonly totals: Row;
  /** The oldest day that figures are kept of, where the question reached further back. */
  readonly cut?: string;
}

/** Why there are no figures: the database is away, the gateway is, the session ended, or the question was refused. */
export class StatsError extends Error {
  constructor(
    readonly reason: "unavailable" | "offline" | "logged_out" | "refused",
    message: string,
  ) {
    super(message);
  }
}

/** Where a question is answered. `format` csv downloads the same rows. */
export function statsUrl(base: string, site: number, query: StatsQuery, format: "json" | "csv" = "json"): string {
  const parameters = new URLSearchParams({
    metrics: query.metrics.join(","),
    from: query.span.from,
    to: query.span.to,
  });
  if (query.dimension) parameters.set("dimension", query.dimension);
  else parameters.set("period", query.step ?? "range");
  if (query.filters.length) parameters.set("filter", writeFilters(query.filters));
  if (query.limit) parameters.set("limit", String(query.limit));
  if (format === "csv") parameters.set("format", "csv");
  return `${base}/v1/stats/${site}?${parameters}`;
}

/** Ask. Throws StatsError, or AbortError where `signal` was aborted. */
export async function fetchStats(base: string, site: number, query: StatsQuery, signal: AbortSignal): Promise<StatsAnswer> {
  let response: Response;
  try {
    response = await fetch(statsUrl(base, site, query), { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StatsError("offline", "no connection");
  }
  if (response.status === 401) throw new StatsError("logged_out", "no session");
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new StatsError(response.status >= 500 ? "unavailable" : "refused", refusal(body));
  if (!isAnswer(body)) throw new StatsError("unavailable", "");
  return body;
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

function refusal(body: unknown): string {
  const error = isRecord(body) ? body["error"] : null;
  return isRecord(error) && typeof error["what"] === "string" ? error["what"] : "";
}
