// Numbers, dates and durations as the reader's own language writes them.
import { utc } from "./dates";
import type { Span, Step } from "./ranges";
import type { Metric, TileMetric } from "./stats";

/** The reader's language for numbers and dates: their browser's; that of the interface where they chose one themselves. */
const locale = readersLocale();

const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const finePercent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const currency = { style: "currency", currency: document.body.dataset["currency"] ?? "EUR" } as const;
const money = new Intl.NumberFormat(locale, { ...currency, maximumFractionDigits: 0 });
const compactMoney = new Intl.NumberFormat(locale, { ...currency, notation: "compact", maximumFractionDigits: 1 });
const NOT_SHORTENED: ReadonlySet<string> = new Set([
  ...["bounce_rate", "conversion_rate", "avg_seconds", "engaged_seconds", "actions_per_visit"],
]);
const unit = (name: string): Intl.NumberFormat =>
  new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: 0 });
const [hours, minutes, seconds] = [unit("hour"), unit("minute"), unit("second")];

const day = dateFormat({ day: "numeric", month: "short" });
const dayWithYear = dateFormat({ day: "numeric", month: "short", year: "numeric" });
const weekday = dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const dayName = dateFormat({ weekday: "long" });
const shortDayName = dateFormat({ weekday: "short" });
const dayAndHour = dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric" });
const month = dateFormat({ month: "short", year: "numeric" });
const hourOfDay = dateFormat({ hour: "numeric" });
const clockMinute = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const hourAndMinute = dateFormat({ hour: "numeric", minute: "2-digit" });
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", second: "2-digit" });

const instant = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(locale, { numeric: "always" });

/** An instant (ISO 8601) on the reader's own clock. */
export function moment(at: string): string {
  return instant.format(new Date(at));
}

/** How long ago an instant (ISO 8601) was: 5 minutes ago. */
export function age(at: string): string {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 60_000));
  return minutes < 120 ? ago.format(-minutes, "minute") : ago.format(-Math.round(minutes / 60), "hour");
}

/** A figure in full: 1,234 · 43.5% · 3m 12s · 2.4. */
export function figure(metric: TileMetric | Metric, value: number): string {
  switch (metric) {
    case "bounce_rate":
    case "conversion_rate":
      return (value > 0 && value < 0.1 ? finePercent : percent).format(value);
    case "avg_seconds":
    case "engaged_seconds":
      return duration(value);
    case "actions_per_visit":
      return decimal.format(value);
    case "revenue":
      return money.format(value);
    case "event_value":
      return number.format(value);
    default:
      return count.format(value);
  }
}

/** A figure with little room: from `exactBelow` on, 1.2M in place of 1,234,567. */
export function shortFigure(metric: TileMetric | Metric, value: number, exactBelow: number): string {
  if (value < exactBelow || NOT_SHORTENED.has(metric)) return figure(metric, value);
  return (metric === "revenue" ? compactMoney : compact).format(value);
}

export function whole(value: number): string {
  return count.format(value);
}

export function share(value: number): string {
  return (value > 0 && value < 0.1 ? finePercent : percent).format(value);
}

/** Relative change without sign: 12%. */
export function change(ratio: number): string {
  const size = Math.abs(ratio);
  return (size < 0.1 ? finePercent : percent).format(Math.min(size, 99.99));
}

export function duration(total: number): string {
  const rounded = Math.round(total);
  const [h, m, s] = [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60), rounded % 60];
  if (h) return `${hours.format(h)} ${minutes.format(m)}`;
  return m ? `${minutes.format(m)} ${seconds.format(s)}` : seconds.format(s);
}

/** A span in words: "Nov 22, 2026", "Nov 1 – 22, 2026". */
export function span({ from, to }: Span): string {
  return from === to ? weekday.format(utc(from)) : dayWithYear.formatRange(utc(from), utc(to));
}

/** A point on the chart's axis: short. Hours of several days name the day at its beginning. */
export function tick(step: Step, key: string, severalDays = false): string {
  if (step === "hour") return severalDays && key.endsWith("T00:00") ? day.format(at(key)) : hourOfDay.format(at(key));
  return step === "month" ? month.format(utc(key)) : day.format(utc(key));
}

/** A point in the chart's tooltip and table: unambiguous. A week is named by its days inside the span. */
export function pointName(step: Step, key: string, end: string): string {
  if (step === "hour") return dayAndHour.format(at(key));
  if (step === "month") return month.format(utc(key));
  return step === "week" && end !== key ? dayWithYear.formatRange(utc(key), utc(end)) : weekday.format(utc(key));
}

/** A day of the week, 1 being Monday. */
export function weekdayName(number: number, width: "long" | "short" = "long"): string {
  return (width === "long" ? dayName : shortDayName).format(Date.UTC(2024, 0, number));
}

/** When an hour of the day begins, 0 to 23. */
export function hourName(hour: number): string {
  return hourAndMinute.format(hour * 3_600_000);
}

/** A minute of the reader's clock: 14:05. */
export function minute(at: number): string {
  return clockMinute.format(at);
}

export function timeOfDay(at: number): string {
  return clock.format(at);
}

// 2026-11-22T14:00, an hour of the site's clock, as if it were UTC: so it is written as it stands.
function at(hour: string): number {
  return Date.parse(`${hour}Z`);
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
}

function readersLocale(): string {
  const known = navigator.languages.filter((tag) => Intl.NumberFormat.supportedLocalesOf(tag).length);
  const interfaces = document.documentElement.lang || "en";
  if (document.body.dataset["languageChosen"] === undefined) return known[0] ?? interfaces;
  // en-IE rather than en, where the browser says so.
  return known.find((tag) => tag === interfaces || tag.startsWith(`${interfaces}-`)) ?? interfaces;
}
