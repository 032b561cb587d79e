// The periods one can choose, as days of the site's calendar.
import { addDays, addMonths, daysBetween } from "./dates";

export const RANGES = ["today", "yesterday", "7days", "28days", "month", "last_month", "12months"] as const;
export type NamedRange = (typeof RANGES)[number];
export type RangeName = NamedRange | "custom";
export type Compare = "previous" | "year" | "none";
export type Step = "hour" | "day" | "week" | "month";

/** The ranges made of calendar months, and how many. */
const MONTHS: Readonly<Partial<Record<RangeName, number>>> = { month: 1, last_month: 1, "12months": 12 };

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
      return { from: addMonths(`${today.slice(0, 8)}01`, -11), to: today };
  }
}

/**
 * The days that `span` is compared with: those right before, or the same days a year earlier.
 * Months are compared with months (the 1st to the 22nd with the 1st to the 22nd), other ranges with as many days.
 */
export function comparedSpan(span: Span, range: RangeName, compare: Compare): Span | null {
  if (compare === "none") return null;
  const months = { year: 12, previous: MONTHS[range] }[compare];
  if (months) {
    const isMonthEnd = addDays(span.to, 1).endsWith("-01");
    const to = isMonthEnd ? addDays(addMonths(addDays(span.to, 1), -months), -1) : addMonths(span.to, -months);
    return { from: addMonths(span.from, -months), to };
  }
  const days = daysBetween(span.from, span.to);
  return { from: addDays(span.from, -days), to: addDays(span.from, -1) };
}

/** The steps that show a span legibly, best first. */
export function stepsFor(span: Span): readonly Step[] {
  const days = daysBetween(span.from, span.to);
  if (days === 1) return ["hour"];
  if (days <= 3) return ["hour", "day"];
  if (days <= 14) return ["day", "hour"];
  if (days <= 45) return ["day", "week"];
  if (days <= 100) return ["day", "week", "month"];
  return days <= 200 ? ["week", "day", "month"] : ["month", "week", "day"];
}
