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
const unit = (name: string): Intl.NumberFormat =>
  new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: 0 });
const [hours, minutes, seconds] = [unit("hour"), unit("minute"), unit("second")];

const day = dateFormat({ day: "numeric", month: "short" });
const dayWithYear = dateFormat({ day: "numeric", month: "short", year: "numeric" });
const weekday = dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const month = dateFormat({ month: "short", year: "numeric" });
const hourOfDay = dateFormat({ hour: "numeric" });
const clockMinute = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", second: "2-digit" });

/** A figure in full: 1,234 · 43.5% · 3m 12s · 2.4. */
export function figure(metric: TileMetric | Metric, value: number): string {
  switch (metric) {
    case "bounce_rate":
      return (value > 0 && value < 0.1 ? finePercent : percent).format(value);
    case "avg_seconds":
    case "engaged_seconds":
      return duration(value);
    case "actions_per_visit":
      return decimal.format(value);
    default:
      return count.format(value);
  }
}

/** A figure with little room: from `exactBelow` on, 1.2M in place of 1,234,567. */
export function shortFigure(metric: TileMetric | Metric, value: number, exactBelow: number): string {
  const counts = metric === "visitors" || metric === "visits" || metric === "pageviews" || metric === "actions";
  return counts && value >= exactBelow ? compact.format(value) : figure(metric, value);
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

/** A point on the chart's axis: short. */
export function tick(step: Step, key: string): string {
  if (step === "hour") return hourOfDay.format(Number(key) * 3_600_000);
  return step === "month" ? month.format(utc(key)) : day.format(utc(key));
}

/** A point in the chart's tooltip and table: unambiguous. A week is named by its days inside the span. */
export function pointName(step: Step, key: string, end: string): string {
  if (step === "hour") return hourOfDay.format(Number(key) * 3_600_000);
  if (step === "month") return month.format(utc(key));
  return step === "week" && end !== key ? dayWithYear.formatRange(utc(key), utc(end)) : weekday.format(utc(key));
}

/** A minute of the reader's clock: 14:05. */
export function minute(at: number): string {
  return clockMinute.format(at);
}

export function timeOfDay(at: number): string {
  return clock.format(at);
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
