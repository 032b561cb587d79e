// The page of one site: keeps the view, the URL and the figures in step.
import { Notes } from "./annotations";
import { Answers } from "./answers";
import { StatsError } from "./ask";
import { Board } from "./board";
import type { Change } from "./controls";
import { showChips, showControls } from "./controls";
import { addDays, daysBetween, today } from "./dates";
import { byId, h } from "./dom";
import { hasNoVisits, waitForFirst } from "./empty";
import * as format from "./format";
import { showFailure, showRemark, showStale } from "./notice";
import type { Span, Step } from "./ranges";
import { Picker, SEGMENTS } from "./kept";
import { pointsOf } from "./series";
import type { Site } from "./site";
import type { StatsAnswer, StatsQuery, TileMetric } from "./stats";
import { fetchDimensions, metricsFor, numberIn, statsUrl, tilesOf } from "./stats";
import { showTiles } from "./tiles";
import { fill, text } from "./texts";
import { showTrend } from "./trend";
import type { View } from "./view";
import { comparedSpanOfView, readView, spanOfView, stepOfView, writeView } from "./view";

const REFRESH_MS = 10_000;
// A long span costs the database more and moves less within ten seconds.
const SLOW_REFRESH_MS = 60_000;
const LONG_SPAN_DAYS = 31;

export class Overview {
  private view: View = readView(location.search);
  private running = new AbortController();
  private timer = 0;
  private shownAt: number | null = null;
  private failures = 0;
  private hasVisits = false;
  private chosen = "";
  private readonly answers: Answers;
  private readonly board: Board;
  private readonly notes: Notes;
  /** None on a page whose reader keeps nothing. */
  private readonly segments: Picker | null;
  private readonly tiles: readonly TileMetric[];
  /** The dimensions that the site has values of, once they are known. */
  private has: ReadonlySet<string> | null = null;

  constructor(private readonly site: Site) {
    this.answers = new Answers(site);
    this.notes = new Notes(site, () => void this.show());
    this.tiles = tilesOf(Object.keys(site.goals).length > 0);
    this.board = new Board(byId("panels"), site, this.answers, this.go, (error) => this.fail(error, this.running.signal));
    this.segments = site.keeps ? new Picker(SEGMENTS, site, this.redraw) : null;
    void this.segments?.load();
    addEventListener("popstate", () => {
      this.view = readView(location.search);
      void this.show();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.refresh();
    });
  }

  /** Show the present view, from memory where it is known. Failures are shown, not thrown. */
  async show(): Promise<void> {
    clearTimeout(this.timer);
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const day = today(this.site.timezone);
    const overview = byId("overview");
    overview.setAttribute("aria-busy", "true");
    this.showChoices(day);
    try {
      await this.load(day, signal);
      this.failures = 0;
      this.plan(REFRESH_MS);
    } catch (error) {
      this.fail(error, signal);
    } finally {
      if (!signal.aborted) overview.setAttribute("aria-busy", "false");
    }
  }

  /** The controls and chips, drawn once for each view and day: drawn anew, a form that is being filled in would be gone. */
  private showChoices(day: string): void {
    const shown = day + writeView(this.view);
    if (shown === this.chosen) return;
    this.chosen = shown;
    showControls(byId("controls"), this.site, this.view, this.go, this.segments?.menu(this.view, this.go) ?? null);
    showChips(byId("chips"), this.view, this.go);
  }

  /** Say what went wrong, and try again where that may help. Throws what no question can lead to. */
  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
    if (!(error instanceof StatsError)) throw error;
    this.failures += 1;
    showFailure(byId("notice"), this.site.base, error, this.shownAt, () => void this.refresh());
    if (error.reason === "unavailable" || error.reason === "offline") this.plan(REFRESH_MS * Math.min(this.failures, 6));
  }

  private readonly redraw = (): void => {
    this.chosen = "";
    this.showChoices(today(this.site.timezone));
  };

  private readonly go = (change: Change): void => {
    this.view = change(this.view);
    history.pushState(null, "", location.pathname + writeView(this.view));
    void this.show();
  };

  private async refresh(): Promise<void> {
    // Hits that come in late still change yesterday.
    this.answers.forgetFrom(addDays(today(this.site.timezone), -1));
    await this.show();
  }

  private async load(day: string, signal: AbortSignal): Promise<void> {
    const view = this.view;
    const span = spanOfView(view, day);
    const step = stepOfView(view, day);
    this.board.frame(view, span);
    const compared = comparedSpanOfView(view, day);
    const [now, before, has] = await Promise.all([
      this.answers.ask(this.mainQuery(span, step), signal),
      compared && this.answers.ask(this.mainQuery(compared, step), signal),
      this.has ?? fetchDimensions(this.site.base, this.site.id, signal),
    ]);
    if (!numberIn(now.totals, "visits") && !view.filters.length && !this.hasVisits) {
      if (await hasNoVisits(this.site, signal)) {
        this.waitForFirst(signal);
        return;
      }
    }
    this.hasVisits = true;
    this.setEmpty(false);
    if (!this.has) {
      this.has = has;
      this.board.arrange(has);
      this.board.frame(view, span);
    }
    const panels = this.board.show({ view, span, totals: now.totals, signal });
    await Promise.all([this.showHeadline(day, span, step, now, compared, before, signal), panels]);
    if (signal.aborted) return;
    this.shownAt = now.stale ? Date.parse(now.stale) : Date.now();
    this.remark(now);
    this.showFreshness(span, day);
  }

  private async showHeadline(
    day: string,
    span: Span,
    step: Step,
    now: StatsAnswer,
    compared: Span | null,
    before: StatsAnswer | null,
    signal: AbortSignal,
  ): Promise<void> {
    const view = this.view;
    const notes = await this.notes.show(span, signal);
    if (signal.aborted) return;
    showTiles(byId("tiles"), this.tiles, view, now.totals, before?.totals ?? null, this.go);
    const places = { head: byId("chart-head"), chart: byId("chart"), table: byId("chart-table") };
    const points = pointsOf(now, span, step, day, this.site.timezone);
    const pointsBefore = before && compared ? pointsOf(before, compared, step, day, this.site.timezone) : null;
    const file = (format: "csv" | "file"): string => statsUrl(this.site.base, this.site.id, this.mainQuery(span, step), format);
    const trend = { view, span, step, today: day, points, before: pointsBefore, notes, csv: file("csv"), json: file("file") };
    await showTrend(places, trend, this.go);
  }

  private mainQuery(span: Span, step: Step): StatsQuery {
    return { span, metrics: metricsFor(this.tiles), filters: this.view.filters, step };
  }

  private waitForFirst(signal: AbortSignal): void {
    this.setEmpty(true);
    byId("notice").replaceChildren();
    waitForFirst(byId("empty"), this.site, signal, () => {
      this.setEmpty(false);
      void this.refresh();
    });
  }

  private setEmpty(isEmpty: boolean): void {
    byId("overview").hidden = isEmpty;
    byId("controls").hidden = isEmpty;
    byId("empty").hidden = !isEmpty;
  }

  private remark({ totals, cut, stale }: StatsAnswer): void {
    const notice = byId("notice");
    if (stale) {
      showStale(notice, stale, () => void this.refresh());
      return;
    }
    const nothing = this.view.filters.length ? text.states.no_visits_filtered : text.states.no_visits;
    const remarks = [
      numberIn(totals, "visits") ? "" : nothing,
      cut ? fill(text.states.cut, { day: format.span({ from: cut, to: cut }) }) : "",
    ].filter(Boolean);
    if (remarks.length) showRemark(notice, remarks.join(" "));
    else notice.replaceChildren();
  }

  private showFreshness(span: Span, day: string): void {
    const isLive = span.to >= day && !byId("notice").querySelector(".stale");
    const updated = fill(text.states.updated, { time: format.timeOfDay(this.shownAt ?? Date.now()) });
    const live = isLive ? h("span", { class: "live" }, h("span", { class: "pulse", "aria-hidden": "true" }), text.states.live) : "";
    byId("freshness").replaceChildren(live, h("span", { class: "muted" }, updated));
  }

  /** Load again later, where anything can change. A hidden page waits until it is looked at. */
  private plan(delay: number): void {
    if (!byId("empty").hidden) return;
    const day = today(this.site.timezone);
    const span = spanOfView(this.view, day);
    if (span.to < day && !this.failures) return;
    const slow = daysBetween(span.from, span.to) > LONG_SPAN_DAYS ? SLOW_REFRESH_MS : delay;
    this.timer = window.setTimeout(() => {
      if (!document.hidden) void this.refresh();
    }, Math.max(delay, slow));
  }
}
