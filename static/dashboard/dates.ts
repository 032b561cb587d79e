// Calendar days as ISO text (2026-11-22). A day belongs to the site's time zone, so no Date with a local zone is used.

const DAY = 86_400_000;

/** The site's present day. */
export function today(timezone: string, now: number = Date.now()): string {
  return zoned(timezone, now).day;
}

/** The site's present hour, 0…23. */
export function hourNow(timezone: string, now: number = Date.now()): number {
  return zoned(timezone, now).hour;
}

export function addDays(day: string, days: number): string {
  return iso(utc(day) + days * DAY);
}

/** The same day `months` later (or earlier), clamped to the month's last day. */
export function addMonths(day: string, months: number): string {
  const at = new Date(utc(day));
  const first = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months + 1, 0)).getUTCDate();
  return iso(first + (Math.min(at.getUTCDate(), last) - 1) * DAY);
}

/** Number of days from `from` to `to`, both counted. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to) - utc(from)) / DAY) + 1;
}

/** True for a day that exists, written as ISO 8601. */
export function isDay(value: string | null | undefined): value is string {
  return /^\d{4}-\d\d-\d\d$/.test(value ?? "") && iso(utc(value ?? "")) === value;
}

/** Midnight UTC of a day, for Intl formats with timeZone UTC. */
export function utc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function iso(time: number): string {
  return Number.isNaN(time) ? "" : new Date(time).toISOString().slice(0, 10);
}

function zoned(timezone: string, now: number): { day: string; hour: number } {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
  const part: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(now)) part[type] = value;
  return { day: `${part["year"]}-${part["month"]}-${part["day"]}`, hour: Number(part["hour"]) };
}
