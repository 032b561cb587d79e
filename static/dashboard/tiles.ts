// The headline figures, each with its change; choosing one puts it on the chart.
import { h, replace } from "./dom";
import * as format from "./format";
import type { Go } from "./controls";
import type { Row, TileMetric } from "./stats";
import { numberIn } from "./stats";
import { fill, text } from "./texts";
import type { View } from "./view";

export function showTiles(
  parent: HTMLElement,
  metrics: readonly TileMetric[],
  view: View,
  totals: Row,
  before: Row | null,
  go: Go,
): void {
  const tiles = metrics.map((metric) => {
    const value = numberIn(totals, metric);
    return h(
      "button",
      {
        type: "button",
        class: "tile",
        "data-key": metric,
        "aria-pressed": String(metric === view.metric),
        onclick: () => go((view) => ({ ...view, metric })),
      },
      h("span", { class: "tile-name" }, text.metrics[metric]),
      h("span", { class: "tile-figure", title: format.figure(metric, value) }, format.shortFigure(metric, value, 1_000_000)),
      before ? changeOf(metric, value, numberIn(before, metric)) : null,
    );
  });
  replace(parent, ...tiles);
}

/** The change of a figure since `before`, in a word and a sign. */
export function changeOf(metric: TileMetric, value: number, before: number): HTMLElement {
  const was = format.figure(metric, before);
  if (!before) return mark("flat", value ? text.compare.new : fill(text.compare.same, { value: was }), "–");
  const ratio = value / before - 1;
  const percent = format.change(ratio);
  if (Math.abs(ratio) < 0.0005) return mark("flat", fill(text.compare.same, { value: was }), percent);
  const up = ratio > 0;
  // A bounce rate that falls is good news; everything else counts upward.
  const good = up !== (metric === "bounce_rate");
  const words = fill(up ? text.compare.up : text.compare.down, { percent, value: was });
  return mark(good ? "good" : "bad", words, `${up ? "↑" : "↓"} ${percent}`);
}

function mark(kind: string, words: string, shown: string): HTMLElement {
  return h(
    "span",
    { class: `change ${kind}`, title: words },
    h("span", { "aria-hidden": "true" }, shown),
    h("span", { class: "hidden" }, words),
  );
}
