// What a link to share shows: the overview of one whole period that is over. A figure that is null is hidden for being small.
import { ask, StatsError } from "./ask";
import { barTable } from "./bars";
import { byId, h, replace } from "./dom";
import { readFilters } from "./filters";
import * as format from "./format";
import { dimensionName, filterWords, label } from "./labels";
import { menu, option } from "./menu";
import { showFailure } from "./notice";
import type { Dimension, Metric, TileMetric } from "./stats";
import { fill, lookup, text } from "./texts";
import { changeOf } from "./tiles";

type Told = Readonly<Record<string, string | number | null>>;

interface Table {
  readonly dimension: Dimension;
  readonly channel: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly Told[];
  readonly hidden: number;
}

interface Answer {
  readonly first: string;
  readonly last: string;
  readonly step: "hour" | "day";
  readonly metrics: readonly TileMetric[];
  readonly totals: Told;
  readonly before: Told;
  readonly series: readonly Told[];
  readonly tables: readonly Table[];
}

type Span = readonly [string, string];

export class SharePage {
  private readonly data = document.body.dataset;
  private readonly spans = JSON.parse(this.data["spans"] ?? "[]") as readonly Span[];
  private from = new URLSearchParams(location.search).get("from") ?? "";
  private metric: TileMetric = "visitors";
  private running = new AbortController();

  constructor() {
    const filters = readFilters(this.data["filter"] ?? "");
    if (filters.length) {
      byId("only").textContent = fill(text.share.only, { filter: filters.map(filterWords).join(text.share.and) });
      byId("only").hidden = false;
    }
    const until = new Date(Number(this.data["expires"]) * 1000).toISOString().slice(0, 10);
    byId("until").textContent = fill(text.share.until, { day: format.span({ from: until, to: until }) });
    addEventListener("popstate", () => {
      this.from = new URLSearchParams(location.search).get("from") ?? "";
      void this.show();
    });
  }

  /** Show the chosen period. Failures are shown, not thrown. */
  async show(): Promise<void> {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const span = this.spans.find(([first]) => first === this.from) ?? this.spans[0];
    if (!span) {
      byId("overview").hidden = true;
      replace(byId("notice"), h("p", { class: "notice" }, text.share.none));
      return;
    }
    this.controls(span);
    byId("overview").setAttribute("aria-busy", "true");
    try {
      const answer = await ask<Answer>(`${this.data["address"]}/figures?from=${span[0]}`, signal);
      replace(byId("notice"), answer.totals["visits"] === null ? h("p", { class: "notice" }, text.share.nothing) : null);
      await this.draw(answer);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StatsError)) throw error;
      if (error.reason === "logged_out") location.reload();
      else if (error.reason === "refused") replace(byId("notice"), h("p", { class: "notice" }, text.share.ended));
      else showFailure(byId("notice"), this.data["base"] ?? "", error, null, () => void this.show());
    } finally {
      if (!signal.aborted) byId("overview").setAttribute("aria-busy", "false");
    }
  }

  private controls(span: Span): void {
    const words = this.named(span);
    const choices = menu("range", text.ranges.label, words, (panel, close) => {
      panel.classList.add("long");
      for (const one of this.spans) {
        const choose = (): void => {
          close();
          this.from = one[0];
          history.pushState(null, "", `${location.pathname}?from=${one[0]}`);
          void this.show();
        };
        panel.append(option(this.named(one), "", one === span, choose));
      }
    });
    replace(byId("controls"), this.spans.length > 1 ? choices.element : h("span", { class: "muted" }, words));
  }

  private named([from, to]: Span): string {
    return this.data["kind"] === "month" ? format.pointName("month", from, to) : format.span({ from, to });
  }

  private async draw(answer: Answer): Promise<void> {
    const tiles = answer.metrics.map((metric) => {
      const [value, before] = [answer.totals[metric], answer.before[metric]];
      return h(
        "button",
        {
          type: "button",
          class: "tile",
          "data-key": metric,
          "aria-pressed": String(metric === this.metric),
          onclick: () => {
            this.metric = metric;
            void this.draw(answer);
          },
        },
        h("span", { class: "tile-name" }, text.metrics[metric]),
        h("span", { class: "tile-figure" }, told(metric, value)),
        typeof value === "number" && typeof before === "number" ? changeOf(metric, value, before) : null,
      );
    });
    replace(byId("tiles"), ...tiles);
    replace(byId("panels"), ...answer.tables.map((table) => panel(table, answer.totals)));
    await this.chart(answer);
  }

  private async chart(answer: Answer): Promise<void> {
    const { metric } = this;
    const { series, step, first, last } = answer;
    const keys = series.map((row) => String(row["date"]).slice(0, step === "hour" ? 16 : 10));
    const name = text.metrics[metric];
    replace(byId("chart-head"), h("h2", {}, name), h("span", { class: "muted" }, format.span({ from: first, to: last })));
    const lines = series.map((row, at) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, format.pointName(step, keys[at] ?? "", keys[at] ?? "")),
        h("td", { class: "number" }, told(metric, row[metric])),
      ),
    );
    const head = h("tr", {}, h("th", { scope: "col" }, text.chart[step]), h("th", { scope: "col", class: "number" }, name));
    const table = h("table", { class: "figures" }, h("thead", {}, head), h("tbody", {}, ...lines));
    const region = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": name }, table);
    const open = byId("chart-table").querySelector("details")?.open ?? false;
    replace(byId("chart-table"), h("details", { open }, h("summary", { "data-key": "chart-table" }, text.chart.table), region));
    const { drawChart } = await import("./chart");
    drawChart(byId("chart"), {
      label: fill(text.chart.label, {
        metric: name,
        from: format.span({ from: first, to: first }),
        to: format.span({ from: last, to: last }),
      }),
      name,
      ticks: keys.map((key) => format.tick(step, key)),
      names: keys.map((key) => format.pointName(step, key, key)),
      values: series.map((row) => Number(row[metric] ?? NaN)),
      beforeNames: null,
      before: null,
      isLastOpen: false,
      soFar: "",
      format: (value) => told(metric, Number.isNaN(value) ? null : value),
      formatAxis: (value) => format.shortFigure(metric, value, 10_000),
      wholeNumbers: Number.isInteger(answer.totals[metric]),
    });
  }
}

function panel(table: Table, totals: Told): HTMLElement {
  const { dimension, channel, metrics, rows, hidden } = table;
  const title = channel ? label("referrer_type", channel) : dimensionName(dimension);
  const main = metrics[0] ?? "visitors";
  const most = Math.max(1, ...rows.map((row) => Number(row[main] ?? 0)));
  const whole = channel ? null : totals[main];
  const bars = rows.map((row) => ({
    name: label(dimension, String(row[dimension] ?? "")),
    length: Number(row[main] ?? 0) / most,
    cells: [
      ...metrics.map((metric) => told(metric, row[metric])),
      ...(isShare(table) && typeof whole === "number" && whole ? [format.share(Number(row[main] ?? 0) / whole)] : []),
    ],
  }));
  const heads = [dimensionName(dimension), ...metrics.map((metric) => lookup(text.metrics, metric, metric))];
  if (isShare(table) && typeof whole === "number" && whole) heads.push(text.metrics.share);
  const rest = hidden === 1 ? text.share.hidden_one : fill(text.share.hidden_rows, { count: format.whole(hidden) });
  return h(
    "section",
    { class: "card panel" },
    h("header", { class: "panel-head" }, h("h2", {}, title)),
    h("div", { class: "panel-body" }, rows.length ? barTable(heads, bars) : null, hidden ? h("p", { class: "muted" }, rest) : null),
  );
}

// Each visit has one of these, so that rows are parts of the whole.
function isShare({ dimension, metrics }: Table): boolean {
  return metrics.length === 1 && ["country", "device", "browser", "os"].includes(dimension);
}

function told(metric: TileMetric | Metric, value: string | number | null | undefined): string {
  return typeof value === "number" ? format.shortFigure(metric, value, 1_000_000) : text.consent.hidden;
}
