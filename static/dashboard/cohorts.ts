// The page of retention: of those who first came in a week, how many came again in each week after.
import { ask } from "./ask";
import { filterMenu } from "./controls";
import { addDays } from "./dates";
import { byId, h, replace } from "./dom";
import { Explorer } from "./explorer";
import { writeFilters } from "./filters";
import * as format from "./format";
import { hiddenHint, told } from "./hidden";
import { Picker, SEGMENTS } from "./kept";
import { menu, option } from "./menu";
import { showRemark } from "./notice";
import { fill, text } from "./texts";
import { WEEKS } from "./view";

/** A figure that is null is hidden for being small. */
interface Cohort {
  readonly week: string;
  readonly visitors: readonly (number | null)[];
}

interface Answer {
  readonly to: string;
  readonly cohorts: readonly Cohort[];
  readonly visits: number | null;
  readonly cookieless: number | null;
  readonly exempt: number | null;
  readonly cut?: string;
  readonly hidden_below?: number;
}

const SHADES = 6;

export class CohortsPage extends Explorer {
  private readonly picker = new Picker(SEGMENTS, this.site, () => this.drawControls());

  constructor() {
    super();
    void this.picker.load();
  }

  protected drawControls(): void {
    const { view, go } = this;
    const named = (weeks: number): string => fill(text.cohorts.weeks, { number: String(weeks) });
    const weeks = menu("weeks", text.ranges.label, named(view.weeks), (panel, close) => {
      for (const number of WEEKS) {
        const choose = (): void => {
          close();
          go((view) => ({ ...view, weeks: number }));
        };
        panel.append(option(named(number), "", number === view.weeks, choose));
      }
    });
    replace(byId("controls"), this.picker.menu(view, go), filterMenu(view, go), weeks.element);
  }

  protected async load(signal: AbortSignal): Promise<void> {
    const answer = await ask<Answer>(this.url("json"), signal);
    if (signal.aborted) return;
    if (answer.cut) showRemark(byId("notice"), fill(text.states.cut, { day: format.span({ from: answer.cut, to: answer.cut }) }));
    const csv = h("a", { class: "csv", href: this.url("csv"), download: true }, text.panels.csv);
    csv.setAttribute("aria-label", fill(text.panels.csv_of, { panel: text.cohorts.title }));
    const head = h("header", { class: "panel-head" }, h("h2", {}, text.cohorts.heading), csv);
    const table = h("div", { class: "sideways", tabindex: 0, role: "region", "aria-label": text.cohorts.heading }, tableOf(answer));
    const isEmpty = answer.cohorts.every(({ visitors }) => visitors[0] === 0);
    replace(byId("explored"), head, isEmpty ? h("p", { class: "nothing" }, text.cohorts.nobody) : table, notFollowed(answer), hiddenHint(answer));
  }

  private url(kind: "json" | "csv"): string {
    const { view, site } = this;
    const query = new URLSearchParams({ weeks: String(view.weeks) });
    if (view.filters.length) query.set("filter", writeFilters(view.filters));
    if (kind === "csv") query.set("format", "csv");
    return `${site.base}/v1/retention/${site.id}?${query}`;
  }
}

/** A row for each week, the newest first; a cell says which share of that week's visitors came again, and how many. */
function tableOf({ cohorts, to }: Answer): HTMLElement {
  const later = cohorts.slice(1).map((_, at) => h("th", { scope: "col", class: "number" }, `+${at + 1}`));
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, text.cohorts.week),
    h("th", { scope: "col", class: "number" }, text.cohorts.first_visits),
    ...later,
  );
  const rows = [...cohorts].reverse().map(({ week, visitors }) => {
    const [all = 0, ...returned] = visitors;
    const end = addDays(week, 6);
    const cells = returned.map((count) => {
      const part = all && count !== null ? count / all : null;
      return h("td", { class: `number came-${shade(part ?? 0)}`, title: told(format.whole, count) }, told(format.share, part));
    });
    const open = Array.from({ length: cohorts.length - visitors.length }, () => h("td", { class: "number" }));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, format.span({ from: week, to: end < to ? end : to })),
      h("td", { class: "number" }, told(format.whole, all)),
      ...cells,
      ...open,
    );
  });
  return h("table", { class: "figures cohorts" }, h("thead", {}, head), h("tbody", {}, ...rows));
}

// Few come back: the scale ends where half of them do.
function shade(part: number): number {
  return part && Math.max(1, Math.min(SHADES, Math.ceil(part * 2 * SHADES)));
}

function notFollowed({ visits, cookieless, exempt }: Answer): HTMLElement | null {
  if (cookieless === 0 && exempt === 0) return null;
  const share = visits !== null && cookieless !== null && exempt !== null ? (cookieless + exempt) / visits : null;
  const words = {
    visits: told(format.whole, visits),
    cookieless: told(format.whole, cookieless),
    exempt: told(format.whole, exempt),
    share: told(format.share, share),
  };
  return h("p", { class: "summary" }, fill(text.cohorts.not_followed, words));
}
