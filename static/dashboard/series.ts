// The points of the chart: one for each step of the span, whether the answer has a row for it or not.
import { addDays, addMonths, hourNow, utc } from "./dates";
import type { Span, Step } from "./ranges";
import type { Row, StatsAnswer, TileMetric } from "./stats";
import { numberIn } from "./stats";

export interface Point {
  /** First day of the step inside the span, or the hour (2026-11-22T14:00). */
  readonly key: string;
  /** Last day of the step inside the span. */
  readonly end: string;
  readonly row: Row | undefined;
}

/** The points of `span`. Those that lie wholly in the future are left out. */
export function pointsOf(answer: StatsAnswer, span: Span, step: Step, today: string, timezone: string): Point[] {
  const rows = new Map(answer.rows.map((row) => [String(row["date"] ?? "").slice(0, step === "hour" ? 16 : 10), row]));
  if (step === "hour") return hoursOf(span, today, timezone).map((key) => ({ key, end: "", row: rows.get(key) }));
  const points: Point[] = [];
  const stop = span.to < today ? span.to : today;
  for (let start = span.from; start <= stop; ) {
    const next = nextStart(start, step);
    const end = addDays(next, -1);
    // The server names a week by its Monday and a month by its first day, even where the span begins later.
    points.push({ key: start, end: end < span.to ? end : span.to, row: rows.get(start) ?? rows.get(startOf(start, step)) });
    start = next;
  }
  return points;
}

/** True where the last point is not over yet. */
export function isLastOpen(points: readonly Point[], span: Span, step: Step, today: string): boolean {
  const last = points[points.length - 1];
  return last !== undefined && span.to >= today && (step === "hour" || addDays(nextStart(last.key, step), -1) >= today);
}

export function valueAt(point: Point | undefined, metric: TileMetric): number {
  return numberIn(point?.row, metric);
}

function startOf(day: string, step: Step): string {
  if (step === "month") return `${day.slice(0, 8)}01`;
  return step === "week" ? addDays(day, -((new Date(utc(day)).getUTCDay() + 6) % 7)) : day;
}

function nextStart(day: string, step: Step): string {
  const start = startOf(day, step);
  if (step === "month") return addMonths(start, 1);
  return addDays(start, step === "week" ? 7 : 1);
}

function hoursOf(span: Span, today: string, timezone: string): string[] {
  const hours: string[] = [];
  for (let day = span.from; day <= span.to && day <= today; day = addDays(day, 1)) {
    const last = day === today ? hourNow(timezone) : 23;
    for (let hour = 0; hour <= last; hour++) hours.push(`${day}T${String(hour).padStart(2, "0")}:00`);
  }
  return hours;
}
