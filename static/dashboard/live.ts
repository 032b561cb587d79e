// The page in real time: follows a stream of events while it is in sight, or asks again and again where there is none.
import { ask, StatsError } from "./ask";
import type { BarRow } from "./bars";
import { barTable } from "./bars";
import { byId, h, replace } from "./dom";
import * as format from "./format";
import { label } from "./labels";
import { showFailure } from "./notice";
import { fill, text } from "./texts";

interface Minute {
  readonly at: number;
  readonly visitors: number;
  readonly pageviews: number;
}

interface Here {
  readonly value: string;
  readonly visitors: number;
}

interface Present {
  readonly at: number;
  readonly visitors: number;
  readonly minutes: readonly Minute[];
  readonly pages: readonly Here[];
  readonly countries: readonly Here[];
}

const ASK_MS = 10_000;
// As often a stream may break before it is given up for asking.
const BREAKS = 3;

export class LivePage {
  private readonly base = document.body.dataset["base"] ?? "";
  private readonly url = `${this.base}/v1/live/${document.body.dataset["site"] ?? ""}`;
  private stream: EventSource | null = null;
  private timer = 0;
  private breaks = 0;
  private shownAt: number | null = null;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.pause();
      else this.start();
    });
  }

  /** Begin to follow, unless nobody is looking. */
  start(): void {
    this.pause();
    if (document.hidden) return;
    if (this.breaks >= BREAKS || typeof EventSource === "undefined") void this.poll();
    else this.follow();
  }

  private pause(): void {
    this.stream?.close();
    this.stream = null;
    clearTimeout(this.timer);
  }

  private follow(): void {
    const stream = new EventSource(this.url);
    this.stream = stream;
    stream.addEventListener("present", (event) => {
      this.breaks = 0;
      void this.show(JSON.parse(String(event.data)) as Present);
    });
    stream.addEventListener("away", () => this.fail(new StatsError("unavailable", "")));
    stream.addEventListener("ended", () => {
      this.pause();
      this.fail(new StatsError("logged_out", ""));
    });
    stream.addEventListener("error", () => {
      this.breaks += 1;
      // A browser comes back by itself to a stream that broke, not to one that was refused: why is said when it is asked.
      if (stream.readyState === EventSource.CLOSED) this.breaks = BREAKS;
      if (this.breaks >= BREAKS) this.start();
    });
  }

  private async poll(): Promise<void> {
    try {
      await this.show(await ask<Present>(this.url, new AbortController().signal));
    } catch (error) {
      if (!(error instanceof StatsError)) throw error;
      this.fail(error);
      if (error.reason === "logged_out" || error.reason === "refused") return;
    }
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = window.setTimeout(() => void this.poll(), ASK_MS);
  }

  private fail(error: StatsError): void {
    replace(byId("freshness"));
    showFailure(byId("notice"), this.base, error, this.shownAt, () => {
      this.breaks = 0;
      this.start();
    });
    byId("present").setAttribute("aria-busy", "false");
  }

  private async show(present: Present): Promise<void> {
    this.shownAt = Date.now();
    replace(byId("notice"));
    replace(
      byId("freshness"),
      h("span", { class: "live" }, h("span", { class: "pulse", "aria-hidden": "true" }), text.states.live),
      h("span", { class: "muted" }, fill(text.states.updated, { time: format.timeOfDay(present.at * 1000) })),
    );
    const figure = byId("visitors");
    const shown = format.whole(present.visitors);
    if (figure.textContent !== shown) replace(figure, shown);
    showHere(byId("pages"), text.live.pages, text.dimensions.page, present.pages, (value) => label("page", value));
    showHere(byId("countries"), text.live.countries, text.dimensions.country, present.countries, (value) => label("country", value));
    byId("present").setAttribute("aria-busy", "false");
    showMinutes(present.minutes);
    const { drawChart } = await import("./chart");
    const names = present.minutes.map(({ at }) => format.minute(at * 1000));
    drawChart(byId("chart"), {
      label: text.live.minutes,
      name: text.metrics.pageviews,
      ticks: names,
      names,
      values: present.minutes.map(({ pageviews }) => pageviews),
      beforeNames: null,
      before: null,
      isLastOpen: true,
      soFar: text.chart.so_far,
      format: format.whole,
      formatAxis: format.whole,
      wholeNumbers: true,
    });
  }
}

function showMinutes(minutes: readonly Minute[]): void {
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, text.live.minute),
    h("th", { scope: "col", class: "number" }, text.metrics.pageviews),
    h("th", { scope: "col", class: "number" }, text.metrics.visitors),
  );
  const rows = minutes.map(({ at, pageviews, visitors }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, format.minute(at * 1000)),
      h("td", { class: "number" }, format.whole(pageviews)),
      h("td", { class: "number" }, format.whole(visitors)),
    ),
  );
  const parent = byId("chart-table");
  const details = parent.querySelector("details");
  const table = h("table", { class: "figures" }, h("thead", {}, head), h("tbody", {}, ...rows));
  const region = details?.querySelector(".scroll");
  if (region) replace(region, table);
  else {
    const fresh = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": text.live.minutes }, table);
    replace(parent, h("details", {}, h("summary", {}, text.chart.table), fresh));
  }
}

function showHere(
  parent: HTMLElement,
  title: string,
  head: string,
  here: readonly Here[],
  name: (value: string) => string,
): void {
  const most = here[0]?.visitors ?? 1;
  const rows: BarRow[] = here.map(({ value, visitors }) => ({
    name: name(value),
    length: visitors / most,
    cells: [format.whole(visitors)],
  }));
  const body = rows.length ? barTable([head, text.metrics.visitors], rows) : h("p", { class: "nothing" }, text.live.nobody);
  replace(parent, h("header", { class: "panel-head" }, h("h2", {}, title)), h("div", { class: "panel-body" }, body));
}
