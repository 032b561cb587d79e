// The main chart with its steps, and the same figures as a table. The drawing itself is loaded after the text.
import type { Note } from "./annotations";
import { notesAt } from "./annotations";
import type { Go } from "./controls";
import { link } from "./controls";
import { h, replace } from "./dom";
import { downloads } from "./downloads";
import * as format from "./format";
import type { Span, Step } from "./ranges";
import { stepsFor } from "./ranges";
import type { Point } from "./series";
import { isLastOpen, valueAt } from "./series";
import type { TileMetric } from "./stats";
import { fill, text } from "./texts";
import type { View } from "./view";

const WHOLE: readonly TileMetric[] = ["visitors", "visits", "pageviews", "conversions"];

export interface Trend {
  readonly view: View;
  readonly span: Span;
  readonly step: Step;
  readonly today: string;
  readonly points: readonly Point[];
  readonly before: readonly Point[] | null;
  readonly notes: readonly Note[];
  /** Where the same figures are as files. */
  readonly csv: string;
  readonly json: string;
}

export interface Places {
  readonly head: HTMLElement;
  readonly chart: HTMLElement;
  readonly table: HTMLElement;
}

export async function showTrend(places: Places, trend: Trend, go: Go): Promise<void> {
  const { view, span, step, points, before } = trend;
  const metric = view.metric;
  const steps = stepsFor(span);
  const links = steps.map((name) => {
    const chosen = name === steps[0] ? null : name;
    const element = link(text.chart[name], "step", view, (view) => ({ ...view, step: chosen }), go);
    element.dataset["key"] = `step-${name}`;
    if (name === step) element.setAttribute("aria-current", "true");
    return element;
  });
  replace(
    places.head,
    h("h2", {}, text.metrics[metric]),
    h("span", { class: "muted" }, format.span(span)),
    downloads(text.metrics[metric], trend.csv, trend.json),
    steps.length > 1 ? h("nav", { class: "steps", "aria-label": text.chart.steps }, ...links) : null,
  );
  showTable(places.table, trend);
  const { drawChart } = await import("./chart");
  drawChart(places.chart, {
    label: fill(text.chart.label, {
      metric: text.metrics[metric],
      from: format.span({ from: span.from, to: span.from }),
      to: format.span({ from: span.to, to: span.to }),
    }),
    name: text.metrics[metric],
    ticks: points.map(({ key }) => format.tick(step, key, span.from !== span.to)),
    names: points.map(({ key, end }) => format.pointName(step, key, end)),
    values: points.map((point) => valueAt(point, metric)),
    beforeNames: before ? points.map((_, index) => nameAt(before[index], step)) : null,
    before: before ? points.map((_, index) => (before[index] ? valueAt(before[index], metric) : null)) : null,
    isLastOpen: isLastOpen(points, span, step, trend.today),
    soFar: text.chart.so_far,
    format: (value) => format.figure(metric, value),
    formatAxis: (value) => format.shortFigure(metric, value, 10_000),
    wholeNumbers: WHOLE.includes(metric),
    notes: notesAt(points, trend.notes),
  });
}

function showTable(parent: HTMLElement, { view, step, points, before }: Trend): void {
  const open = parent.querySelector("details")?.open ?? false;
  const rows = points.map((point, index) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, format.pointName(step, point.key, point.end)),
      h("td", { class: "number" }, format.figure(view.metric, valueAt(point, view.metric))),
      before ? h("td", { class: "number muted" }, format.figure(view.metric, valueAt(before[index], view.metric))) : null,
    ),
  );
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, text.chart[step]),
    h("th", { scope: "col", class: "number" }, text.metrics[view.metric]),
    before ? h("th", { scope: "col", class: "number" }, text.chart.before) : null,
  );
  const table = h("table", { class: "figures" }, h("thead", {}, head), h("tbody", {}, ...rows));
  const region = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": text.metrics[view.metric] }, table);
  replace(parent, h("details", { open }, h("summary", { "data-key": "chart-table" }, text.chart.table), region));
}

function nameAt(point: Point | undefined, step: Step): string {
  return point ? format.pointName(step, point.key, point.end) : "";
}
