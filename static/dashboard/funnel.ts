// The page of funnels: steps, and how many came to each.
import { ask } from "./ask";
import { barTable } from "./bars";
import { filterMenu, rangeMenu } from "./controls";
import { today } from "./dates";
import { byId, h, replace } from "./dom";
import { Explorer } from "./explorer";
import { readFilters, writeFilters } from "./filters";
import * as format from "./format";
import { funnelForm } from "./funnel_form";
import { hiddenHint, told } from "./hidden";
import type { Shelf } from "./kept";
import { Picker } from "./kept";
import { filterWords } from "./labels";
import { showRemark } from "./notice";
import { fill, text } from "./texts";
import { spanOfView } from "./view";

/** A figure that is null is hidden for being small. */
interface Step {
  readonly step: string;
  readonly reached: number | null;
  readonly lost: number | null;
  readonly of_previous: number | null;
  readonly of_first: number | null;
}

interface Answer {
  readonly steps: readonly Step[];
  readonly everybody: number | null;
  readonly cut?: string;
  readonly hidden_below?: number;
}

const FUNNELS: Shelf = {
  path: "funnels",
  words: text.funnels,
  fields: ({ steps, within }): Readonly<Record<string, string>> => (steps.length ? { steps: writeFilters(steps), within } : {}),
  applied: (view, kept) => ({
    ...view,
    steps: readFilters(String(kept?.["steps"] ?? "")),
    within: kept?.["within"] === "visitor" ? "visitor" : "visit",
  }),
};

export class FunnelPage extends Explorer {
  private readonly picker = new Picker(FUNNELS, this.site, () => this.drawControls());
  /** The steps that the form shows; drawn anew only for others, or what is being written would be gone. */
  private written: string | null = null;

  constructor() {
    super();
    void this.picker.load();
  }

  protected drawControls(): void {
    const { view, go, site } = this;
    replace(byId("controls"), this.picker.menu(view, go), filterMenu(view, go), rangeMenu(site, view, go));
    const steps = writeFilters(view.steps) + view.within;
    if (this.written === steps) return;
    this.written = steps;
    byId("steps").replaceChildren(funnelForm(view, site, Number(document.body.dataset["mostSteps"]), go));
  }

  protected async load(signal: AbortSignal): Promise<void> {
    const place = byId("explored");
    if (this.view.steps.length < 2) {
      place.replaceChildren(h("p", { class: "nothing" }, text.funnels.begin));
      return;
    }
    const answer = await ask<Answer>(this.url("json"), signal);
    if (signal.aborted) return;
    if (answer.cut) showRemark(byId("notice"), fill(text.funnels.cut, { day: format.span({ from: answer.cut, to: answer.cut }) }));
    replace(place, this.head(), this.summary(answer), this.table(answer), hiddenHint(answer));
  }

  private head(): HTMLElement {
    const csv = h("a", { class: "csv", href: this.url("csv"), download: true }, text.panels.csv);
    csv.setAttribute("aria-label", fill(text.panels.csv_of, { panel: text.funnels.title }));
    return h("header", { class: "panel-head" }, h("h2", {}, text.funnels.way), csv);
  }

  private summary({ steps, everybody }: Answer): HTMLElement {
    const last = steps[steps.length - 1];
    const of = this.view.within;
    const words = {
      everybody: told(format.whole, everybody),
      began: told(format.whole, steps[0]?.reached ?? null),
      arrived: told(format.whole, last?.reached ?? null),
      share: told(format.share, last?.of_first ?? null),
    };
    return h("p", { class: "summary" }, fill(text.funnels[`summary_${of}`], words));
  }

  private table({ steps }: Answer): HTMLElement {
    const filters = steps.map(({ step }) => readFilters(step)[0] ?? []);
    const rows = steps.map(({ reached, lost, of_first, of_previous }, at) => ({
      name: `${at + 1}. ${filterWords(filters[at] ?? [])}`,
      length: of_first ?? 0,
      cells: [
        told(format.whole, reached),
        told(format.share, of_first),
        at ? told(format.share, of_previous) : "",
        at < steps.length - 1 ? told(format.whole, lost) : "",
      ],
    }));
    const { funnels } = text;
    const table = barTable([funnels.step_name, funnels.reached, funnels.of_first, funnels.of_previous, funnels.lost], rows);
    table.classList.add("funnel");
    return h("div", { class: "sideways", tabindex: 0, role: "region", "aria-label": funnels.way }, table);
  }

  private url(kind: "json" | "csv"): string {
    const { view, site } = this;
    const { from, to } = spanOfView(view, today(site.timezone));
    const query = new URLSearchParams({ steps: writeFilters(view.steps), within: view.within, from, to });
    if (view.filters.length) query.set("filter", writeFilters(view.filters));
    if (kind === "csv") query.set("format", "csv");
    return `${site.base}/v1/funnels/${site.id}/figures?${query}`;
  }
}
