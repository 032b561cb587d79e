// The page of consent: what was shown and answered, by day and by one thing more; and the estimated whole audience.
import { ask, StatsError } from "./ask";
import { showBreakdown } from "./breakdown";
import { daysBetween, isDay, today } from "./dates";
import { byId, h, isPlainClick, replace } from "./dom";
import { showEstimate } from "./estimate";
import type { EstimateAnswer } from "./estimate";
import * as format from "./format";
import { menu, option } from "./menu";
import { showFailure, showRemark } from "./notice";
import type { RangeName, Span } from "./ranges";
import { RANGES, spanOf } from "./ranges";
import { fill, text } from "./texts";

export const FIGURES = ["shown", "accepted", "refused", "custom", "withdrawn", "do_not_sell", "gpc"] as const;
export type Figure = (typeof FIGURES)[number];
export const BY = ["purpose", "country", "device", "language", "notice"] as const;
export type By = (typeof BY)[number];
export type ConsentRow = Readonly<Record<string, string | number | null>>;

export interface ConsentAnswer {
  readonly totals: ConsentRow;
  readonly rows: readonly ConsentRow[];
  readonly cut?: string;
}

/** What one looks at; all of it is in the URL. */
export interface ConsentView {
  readonly range: RangeName;
  readonly custom: Span | null;
  readonly figure: Figure;
  readonly by: By;
  /** Small figures are shown: for those who may see them. */
  readonly exact: boolean;
}

const PLAIN: ConsentView = { range: "28days", custom: null, figure: "accepted", by: "purpose", exact: false };

export class ConsentPage {
  private view = readView(location.search);
  private running = new AbortController();
  private readonly base = document.body.dataset["base"] ?? "";
  private readonly site = document.body.dataset["site"] ?? "";
  private readonly timezone = document.body.dataset["timezone"] ?? "UTC";

  constructor() {
    addEventListener("popstate", () => {
      this.view = readView(location.search);
      void this.show();
    });
  }

  /** Show the present view. Failures are shown, not thrown. */
  async show(): Promise<void> {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const figures = byId("figures-of-consent");
    const span = this.span();
    figures.setAttribute("aria-busy", "true");
    this.controls(span);
    try {
      const [days, rows] = await Promise.all([
        ask<ConsentAnswer>(this.url("consents", span, { by: "day" }), signal),
        ask<ConsentAnswer>(this.url("consents", span, { by: this.view.by }), signal),
      ]);
      replace(byId("notice"));
      if (days.cut) showRemark(byId("notice"), fill(text.consent.cut, { day: format.span({ from: days.cut, to: days.cut }) }));
      this.tiles(days.totals);
      const file = (format: string): string => this.url("consents", span, { by: this.view.by, format, download: "1" });
      showBreakdown(byId("breakdown"), this.view, rows, { csv: file("csv"), json: file("json") }, this.go);
      await this.chart(span, days.rows);
      showEstimate(byId("estimate"), await ask<EstimateAnswer>(this.url("estimates", span, {}), signal));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StatsError)) throw error;
      showFailure(byId("notice"), this.base, error, null, () => void this.show());
    } finally {
      if (!signal.aborted) figures.setAttribute("aria-busy", "false");
    }
  }

  private readonly go = (more: Partial<ConsentView>): void => {
    this.view = { ...this.view, ...more };
    history.pushState(null, "", location.pathname + writeView(this.view));
    void this.show();
  };

  private span(): Span {
    const { range, custom } = this.view;
    return custom ?? spanOf(range === "custom" ? "28days" : range, today(this.timezone));
  }

  private url(what: string, { from, to }: Span, more: Readonly<Record<string, string>>): string {
    const exact = this.view.exact && what === "consents" ? { exact: "1" } : {};
    return `${this.base}/v1/${what}/${this.site}?${new URLSearchParams({ from, to, ...exact, ...more })}`;
  }

  private controls(span: Span): void {
    const day = today(this.timezone);
    const { view, go } = this;
    const range = menu("range", text.ranges.label, view.custom ? format.span(span) : text.ranges[view.range], (panel, close) => {
      for (const name of RANGES) {
        const choose = (): void => {
          close();
          go({ range: name, custom: null });
        };
        panel.append(option(text.ranges[name], format.span(spanOf(name, day)), view.range === name, choose));
      }
    });
    const seesSmall = document.body.dataset["seesSmall"] !== undefined;
    const small = seesSmall
      ? h(
          "button",
          {
            type: "button",
            class: "control",
            "data-key": "small",
            "aria-pressed": String(view.exact),
            onclick: () => go({ exact: !view.exact }),
          },
          text.consent.show_small,
        )
      : null;
    replace(byId("controls"), small, range.element);
  }

  private tiles(totals: ConsentRow): void {
    const answers = ["accepted", "refused", "custom"].map((name) => totals[name]);
    const all = answers.reduce<number>((sum, value) => sum + Number(value ?? NaN), 0);
    const tiles = FIGURES.map((name) => {
      const value = totals[name];
      const isAnswer = name === "accepted" || name === "refused" || name === "custom";
      const share = isAnswer && all > 0 && typeof value === "number" ? fill(text.consent.of_answers, { share: format.share(value / all) }) : "";
      return h(
        "button",
        {
          type: "button",
          class: "tile",
          "data-key": name,
          "aria-pressed": String(name === this.view.figure),
          onclick: () => this.go({ figure: name }),
        },
        h("span", { class: "tile-name" }, text.consent[name]),
        h("span", { class: "tile-figure" }, told(value)),
        share ? h("span", { class: "change flat" }, share) : null,
      );
    });
    replace(byId("tiles"), ...tiles);
  }

  private async chart(span: Span, rows: readonly ConsentRow[]): Promise<void> {
    const name = text.consent[this.view.figure];
    const days = rows.map((row) => String(row["day"]));
    const values = rows.map((row) => row[this.view.figure] ?? NaN).map(Number);
    replace(byId("chart-head"), h("h2", {}, name), h("span", { class: "muted" }, format.span(span)));
    const head = h("tr", {}, h("th", { scope: "col" }, text.chart.day), h("th", { scope: "col", class: "number" }, name));
    const lines = rows.map((row, index) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, format.pointName("day", days[index] ?? "", days[index] ?? "")),
        h("td", { class: "number" }, told(row[this.view.figure])),
      ),
    );
    const table = h("table", { class: "figures" }, h("thead", {}, head), h("tbody", {}, ...lines));
    const region = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": name }, table);
    const open = byId("chart-table").querySelector("details")?.open ?? false;
    replace(byId("chart-table"), h("details", { open }, h("summary", { "data-key": "chart-table" }, text.chart.table), region));
    const { drawChart } = await import("./chart");
    const [first, last] = [days[0] ?? span.from, days[days.length - 1] ?? span.to];
    drawChart(byId("chart"), {
      label: fill(text.chart.label, {
        metric: name,
        from: format.span({ from: first, to: first }),
        to: format.span({ from: last, to: last }),
      }),
      name,
      ticks: days.map((day) => format.tick("day", day)),
      names: days.map((day) => format.pointName("day", day, day)),
      values,
      beforeNames: null,
      before: null,
      isLastOpen: last === today(this.timezone),
      soFar: text.chart.so_far,
      format: (value) => told(Number.isNaN(value) ? null : value),
      formatAxis: format.whole,
      wholeNumbers: true,
    });
  }
}

/** A figure, or that it is hidden. */
export function told(value: string | number | null | undefined): string {
  return typeof value === "number" ? format.whole(value) : text.consent.hidden;
}

/** A link to another view of this page. */
export function viewLink(
  words: string,
  attributes: Readonly<Record<string, string | number>>,
  view: ConsentView,
  go: (more: Partial<ConsentView>) => void,
  more: Partial<ConsentView>,
): HTMLAnchorElement {
  const onclick = (event: Event): void => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    go(more);
  };
  return h("a", { ...attributes, href: location.pathname + writeView({ ...view, ...more }), onclick }, words);
}

function readView(search: string): ConsentView {
  const query = new URLSearchParams(search);
  const [from, to] = [query.get("from"), query.get("to")];
  const custom = isDay(from) && isDay(to) && from <= to && daysBetween(from, to) <= 3660 ? { from, to } : null;
  return {
    range: custom ? "custom" : (RANGES.find((name) => name === query.get("range")) ?? PLAIN.range),
    custom,
    figure: FIGURES.find((name) => name === query.get("figure")) ?? PLAIN.figure,
    by: BY.find((name) => name === query.get("by")) ?? PLAIN.by,
    exact: query.get("exact") === "1",
  };
}

function writeView(view: ConsentView): string {
  const query = new URLSearchParams();
  if (view.custom) for (const [name, day] of Object.entries(view.custom)) query.set(name, String(day));
  else if (view.range !== PLAIN.range) query.set("range", view.range);
  if (view.figure !== PLAIN.figure) query.set("figure", view.figure);
  if (view.by !== PLAIN.by) query.set("by", view.by);
  if (view.exact) query.set("exact", "1");
  return query.size ? `?${query}` : "";
}
