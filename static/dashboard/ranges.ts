// The periods one can choose, as days of the site's calendar.
import { addDays, addMonths, daysBetween } from "./dates";

export const RANGES = ["today", "yesterday", "7days", "28days", "month", "last_month", "12months"] as const;
export type NamedRange = (typeof RANGES)[number];
export type RangeName = NamedRange | "custom";
export type Compare = "previous" | "year" | "none";
export type Step = "hour" | "day" | "week" | "month";

/** Both days are included. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export function spanOf(range: NamedRange, today: string): Span {
  switch (range) {
    case "today":
      return { from: today, to: today };
    case "yesterday": {
      const day = addDays(today, -1);
      return { from: day, to: day };
    }
    case "7days":
      return { from: addDays(today, -6), to: today };
    case "28days":
      return { from: addDays(today, -27), to: today };
    case "month":
      return { from: `${today.slice(0, 8)}01`, to: today };
    case "last_month": {
      const first = `${today.slice(0, 8)}01`;
      return { from: addMonths(first, -1), to: addDays(first, -1) };
    }
    case "12months":
      return { from: addDays(addMonths(today, -12), 1), to: today };
  }
}

/** The days that `span` is compared with: as many days right before, or the same days a year earlier. */
export function comparedSpan(span: Span, compare: Compare): Span | null {
  if (compare === "none") return null;
  if (compare === "year") return { from: addMonths(span.from, -12), to: addMonths(span.to, -12) };
  const days = daysBetween(span.from, span.to);
  return { from: addDays(span.from, -days), to: addDays(span.from, -1) };
}

/** The steps that show a span legibly, best first. */
export function stepsFor(span: Span): readonly Step[] {
  const days = daysBetween(span.from, span.to);
  if (days === 1) return ["hour"];
  if (days <= 14) return ["day"];
  if (days <= 45) return ["day", "week"];
  if (days <= 100) return ["day", "week", "month"];
  return days <= 200 ? ["week", "day", "month"] : ["month", "week", "day"];
}
