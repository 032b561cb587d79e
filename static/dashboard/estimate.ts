// The estimated whole audience, apart from everything that was counted.
import { h, replace } from "./dom";
import * as format from "./format";
import { fill, text } from "./texts";

export interface EstimateAnswer {
  readonly counting: boolean;
  readonly since: string | null;
  readonly from: string;
  readonly loads: number;
  readonly recorded_loads: number;
  readonly refused_loads: number;
  readonly unanswered_loads: number;
  readonly visits: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly recorded_visits: number | null;
}

export function showEstimate(parent: HTMLElement, answer: EstimateAnswer): void {
  const { visits, low, high, since } = answer;
  if (visits === null || low === null || high === null || since === null) {
    const why = since === null && !answer.counting ? text.estimate.off : text.estimate.too_few;
    replace(parent, h("p", { class: "muted" }, why));
    return;
  }
  const shares = [
    { name: text.estimate.recorded, value: answer.recorded_loads },
    { name: text.estimate.refused, value: answer.refused_loads },
    { name: text.estimate.unanswered, value: answer.unanswered_loads },
  ].map(({ name, value }) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, answer.loads ? format.share(value / answer.loads) : "–")),
  );
  replace(
    parent,
    h(
      "p",
      { class: "estimated" },
      h("span", { class: "tile-figure" }, fill(text.estimate.about, { visits: format.whole(rounded(visits)) })),
      h(
        "span",
        { class: "muted" },
        fill(text.estimate.between, { low: format.whole(rounded(low)), high: format.whole(rounded(high)) }),
      ),
    ),
    h("p", { class: "muted" }, fill(text.estimate.beside, { recorded: format.whole(answer.recorded_visits ?? 0) })),
    since > answer.from
      ? h("p", { class: "muted" }, fill(text.estimate.since, { day: format.span({ from: since, to: since }) }))
      : null,
    h("h3", {}, fill(text.estimate.loads, { loads: format.whole(answer.loads) })),
    h("dl", { class: "shares" }, ...shares),
  );
}

// An estimate has three figures that mean anything.
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
