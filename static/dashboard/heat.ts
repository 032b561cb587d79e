// Visits by hour and weekday: a picture in one hue, dark to light, and the same figures as a table.
import type { Go } from "./controls";
import { link } from "./controls";
import { utc } from "./dates";
import { h, replace } from "./dom";
import { withFilter } from "./filters";
import * as format from "./format";
import { pictureButtons } from "./picture";
import type { Span } from "./ranges";
import type { StatsAnswer } from "./stats";
import { numberIn } from "./stats";
import { fill, text } from "./texts";
import type { View } from "./view";

const DAYS = [1, 2, 3, 4, 5, 6, 7];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const SHADES = 6;

/** `answer` has a row for each hour of each day of `span`. */
export function showHeat(body: HTMLElement, answer: StatsAnswer, span: Span, view: View, go: Go): void {
  const visits = gridOf(answer);
  const most = Math.max(1, ...visits.flat());
  const cell = (day: number, hour: number): number => visits[day - 1]?.[hour] ?? 0;
  const says = (day: number, hour: number): string =>
    fill(text.heat.cell, { day: format.weekdayName(day), hour: format.hourName(hour), visits: format.whole(cell(day, hour)) });
  const picture = h("div", { class: "heat", role: "img", "aria-label": fill(text.heat.label, { span: format.span(span) }) });
  for (const day of DAYS) {
    picture.append(h("span", { class: "heat-day", "aria-hidden": "true" }, format.weekdayName(day, "short")));
    for (const hour of HOURS) {
      const shade = cell(day, hour) && Math.max(1, Math.ceil((cell(day, hour) / most) * SHADES));
      picture.append(h("span", { class: `heat-cell shade-${shade}`, title: says(day, hour) }));
    }
  }
  picture.append(h("span", {}));
  for (const hour of HOURS) picture.append(h("span", { class: "heat-hour", "aria-hidden": "true" }, hour % 6 ? "" : String(hour)));
  const title = `${text.metrics.visits} · ${text.panels.times}`;
  const buttons = pictureButtons(picture, () => ({ title, about: format.span(span) }));
  replace(body, picture, legend(most), buttons, table(body, cell, view, go));
}

function gridOf({ rows }: StatsAnswer): number[][] {
  const grid = DAYS.map(() => HOURS.map(() => 0));
  for (const row of rows) {
    const weekday = (new Date(utc(String(row["date"]))).getUTCDay() + 6) % 7;
    const hours = grid[weekday];
    const hour = Number(row["hour"]);
    if (hours && hour in hours) hours[hour] = (hours[hour] ?? 0) + numberIn(row, "visits");
  }
  return grid;
}

function legend(most: number): HTMLElement {
  const shades = Array.from({ length: SHADES + 1 }, (_, shade) => h("span", { class: `heat-cell shade-${shade}` }));
  return h("p", { class: "heat-legend muted", "aria-hidden": "true" }, "0", ...shades, `${format.whole(most)} ${text.metrics.visits}`);
}

function table(body: HTMLElement, cell: (day: number, hour: number) => number, view: View, go: Go): HTMLElement {
  const open = body.querySelector("details")?.open ?? false;
  const head = h("tr", {}, h("th", { scope: "col" }, text.dimensions.hour));
  for (const day of DAYS) head.append(h("th", { scope: "col", class: "number" }, dayLink(day, view, go)));
  const rows = HOURS.map((hour) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, format.hourName(hour)),
      ...DAYS.map((day) => h("td", { class: "number" }, format.whole(cell(day, hour)))),
    ),
  );
  const figures = h("table", { class: "figures" }, h("thead", {}, head), h("tbody", {}, ...rows));
  const region = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": text.panels.times }, figures);
  return h("details", { open }, h("summary", { "data-key": "heat-table" }, text.chart.table), region);
}

function dayLink(day: number, view: View, go: Go): HTMLElement {
  const filter = { dimension: "weekday", operator: "==", value: String(day) } as const;
  const target = link(format.weekdayName(day, "short"), "", view, (view) => ({ ...view, filters: withFilter(view.filters, filter) }), go);
  target.setAttribute("aria-label", fill(text.panels.filter_by, { dimension: text.dimensions.weekday, value: format.weekdayName(day) }));
  return target;
}
