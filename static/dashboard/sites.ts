// The page of all sites: a line for each with its trend and change, sorted, searched and paged in the browser: all are here.
import { ask, StatsError } from "./ask";
import { byId, h, replace } from "./dom";
import * as format from "./format";
import { showFailure, showStale } from "./notice";
import { spark } from "./spark";
import { fill, text } from "./texts";
import { changeOf } from "./tiles";

const AT_ONCE = 50;
const REFRESH_MS = 60_000;
const FIGURES = ["visitors", "visits", "pageviews"] as const;
const SORTS = ["name", ...FIGURES, "change"] as const;
type Sort = (typeof SORTS)[number];
type Headline = Readonly<Record<(typeof FIGURES)[number], number>>;

interface Listed {
  readonly name: string;
  readonly domain: string;
  readonly figures: { readonly id: number; readonly now: Headline; readonly before: Headline; readonly daily: readonly number[] };
}

interface Answer {
  readonly sites: readonly Listed[];
  readonly stale?: string;
}

export class SitesPage {
  private sites: readonly Listed[] = [];
  private sort: Sort = "name";
  private descending = false;
  private wanted = "";
  private page = 0;
  private shownAt: number | null = null;

  constructor(private readonly base: string) {
    const query = new URLSearchParams(location.search);
    const sort = query.get("sort") ?? "";
    this.descending = sort.startsWith("-");
    this.sort = SORTS.find((one) => one === sort.replace("-", "")) ?? "name";
    this.wanted = query.get("q") ?? "";
    this.page = Math.max(0, Number.parseInt(query.get("page") ?? "1", 10) - 1 || 0);
    const search = document.querySelector<HTMLInputElement>("#search");
    if (search) search.value = this.wanted;
    search?.addEventListener("input", () => this.go(() => ((this.wanted = search.value), (this.page = 0))));
    for (const button of document.querySelectorAll<HTMLButtonElement>("#sites button[data-sort]")) {
      button.addEventListener("click", () => this.go(() => this.sortBy(button.dataset["sort"] as Sort)));
    }
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.load();
    });
  }

  /** Ask for the figures of all sites, and again every minute while the page is in sight. Failures are shown. */
  async load(): Promise<void> {
    const table = byId("sites");
    try {
      const answer = await ask<Answer>(`${this.base}/sites/figures`, new AbortController().signal);
      this.sites = answer.sites;
      this.shownAt = answer.stale ? Date.parse(answer.stale) : Date.now();
      if (answer.stale) showStale(byId("notice"), answer.stale, () => void this.load());
      else byId("notice").replaceChildren();
      this.show();
    } catch (error) {
      if (!(error instanceof StatsError)) throw error;
      showFailure(byId("notice"), this.base, error, this.shownAt, () => void this.load());
    } finally {
      table.setAttribute("aria-busy", "false");
    }
  }

  start(): void {
    void this.load();
    setInterval(() => {
      if (!document.hidden) void this.load();
    }, REFRESH_MS);
  }

  private go(change: () => void): void {
    change();
    const query = new URLSearchParams();
    if (this.wanted) query.set("q", this.wanted);
    if (this.sort !== "name" || this.descending) query.set("sort", `${this.descending ? "-" : ""}${this.sort}`);
    if (this.page) query.set("page", String(this.page + 1));
    history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : ""));
    this.show();
  }

  private sortBy(sort: Sort): void {
    // Names begin with A, figures with the greatest.
    this.descending = sort === this.sort ? !this.descending : sort !== "name";
    this.sort = sort;
    this.page = 0;
  }

  private show(): void {
    const wanted = this.wanted.trim().toLocaleLowerCase();
    const found = this.sites.filter(({ name, domain }) => `${name} ${domain}`.toLocaleLowerCase().includes(wanted));
    const sign = this.descending ? -1 : 1;
    // They come by name; the sort is stable.
    const ordered = this.sort === "name" && !this.descending ? found : [...found].sort((a, b) => sign * this.compare(a, b));
    const pages = Math.max(1, Math.ceil(ordered.length / AT_ONCE));
    this.page = Math.min(this.page, pages - 1);
    const shown = ordered.slice(this.page * AT_ONCE, (this.page + 1) * AT_ONCE);
    replace(byId("sites-rows"), ...shown.map((site) => this.row(site)));
    replace(byId("sites-total"), ...this.total(found));
    byId("no-match").hidden = found.length > 0;
    this.showTurning(pages, ordered.length);
    for (const button of document.querySelectorAll<HTMLElement>("#sites button[data-sort]")) {
      const on = button.dataset["sort"] === this.sort;
      const order = this.descending ? "descending" : "ascending";
      button.closest("th")?.setAttribute("aria-sort", on ? order : "none");
    }
  }

  private compare(a: Listed, b: Listed): number {
    if (this.sort === "name") return this.sites.indexOf(a) - this.sites.indexOf(b);
    if (this.sort === "change") return ratioOf(a) - ratioOf(b);
    return a.figures.now[this.sort] - b.figures.now[this.sort];
  }

  private row({ name, domain, figures }: Listed): HTMLElement {
    const trend = h("td", { class: "trend" });
    trend.append(spark(figures.daily));
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("a", { href: `${this.base}/sites/${figures.id}`, "data-key": `site ${figures.id}` }, name),
        h("span", { class: "muted domain" }, domain),
      ),
      trend,
      h("td", { class: "number" }, format.whole(figures.now.visitors)),
      h("td", { class: "number" }, changeOf("visitors", figures.now.visitors, figures.before.visitors)),
      h("td", { class: "number" }, format.whole(figures.now.visits)),
      h("td", { class: "number" }, format.whole(figures.now.pageviews)),
    );
  }

  private total(sites: readonly Listed[]): HTMLElement[] {
    const sum = (of: "now" | "before", metric: keyof Headline): number =>
      sites.reduce((total, { figures }) => total + figures[of][metric], 0);
    const daily = (sites[0]?.figures.daily ?? []).map((_, day) =>
      sites.reduce((total, { figures }) => total + (figures.daily[day] ?? 0), 0),
    );
    const trend = h("td", { class: "trend" });
    if (daily.length) trend.append(spark(daily));
    return [
      h("th", { scope: "row" }, fill(text.sites.total, { count: format.whole(sites.length) })),
      trend,
      h("td", { class: "number" }, format.whole(sum("now", "visitors"))),
      h("td", { class: "number" }, changeOf("visitors", sum("now", "visitors"), sum("before", "visitors"))),
      h("td", { class: "number" }, format.whole(sum("now", "visits"))),
      h("td", { class: "number" }, format.whole(sum("now", "pageviews"))),
    ];
  }

  private showTurning(pages: number, count: number): void {
    const turning = byId("turning");
    turning.hidden = pages < 2;
    const turn = (by: number, words: string): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "data-key": words,
          disabled: this.page + by < 0 || this.page + by >= pages,
          onclick: () => this.go(() => (this.page += by)),
        },
        words,
      );
    const [first, last] = [this.page * AT_ONCE + 1, Math.min((this.page + 1) * AT_ONCE, count)];
    const where = fill(text.sites.shown, { first: format.whole(first), last: format.whole(last), count: format.whole(count) });
    replace(turning, turn(-1, text.sites.before), h("span", { role: "status" }, where), turn(1, text.sites.after));
  }
}

/** Relative change of the visitors; what is new comes before all else. */
function ratioOf({ figures }: Listed): number {
  const { visitors } = figures.before;
  if (!visitors) return figures.now.visitors ? Number.MAX_VALUE : 0;
  return figures.now.visitors / visitors - 1;
}
