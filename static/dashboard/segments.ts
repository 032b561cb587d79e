// Filters that are kept under a name: choosing one puts its filters into the URL, so that every link holds them itself.
import { ask, send, StatsError } from "./ask";
import type { Go } from "./controls";
import { h } from "./dom";
import { readFilters, writeFilters } from "./filters";
import { menu, option } from "./menu";
import { failureWords } from "./notice";
import type { Site } from "./site";
import { fill, text } from "./texts";
import type { View } from "./view";

interface Segment {
  readonly id: string;
  readonly name: string;
  readonly filter: string;
  readonly shared: boolean;
  readonly may_change: boolean;
}

interface Answer {
  readonly segments: readonly Segment[];
  readonly may_share: boolean;
}

const NONE: Answer = { segments: [], may_share: false };

export class Segments {
  private known = NONE;

  constructor(
    private readonly site: Site,
    /** What to do when the segments are known, or others than before. */
    private readonly changed: () => void,
  ) {}

  /** Ask which there are. Without an answer the picker has none: the figures do not depend on it. */
  async load(): Promise<void> {
    const found = await ask<Answer>(this.url(), new AbortController().signal).catch((error: unknown) => {
      if (error instanceof StatsError) return NONE;
      throw error;
    });
    this.known = found;
    this.changed();
  }

  picker(view: View, go: Go): HTMLElement {
    const present = writeFilters(view.filters);
    const current = this.known.segments.find(({ filter }) => normal(filter) === present);
    const shown = current?.name ?? (present ? text.segments.unsaved : text.segments.all);
    return menu("segment", text.segments.label, shown, (panel, close) => {
      const choose = (filter: string): void => {
        close();
        go((view) => ({ ...view, filters: readFilters(filter), more: "" }));
      };
      panel.append(option(text.segments.all, "", !present, () => choose("")));
      for (const one of this.known.segments) panel.append(this.row(panel, one, one === current, present, choose));
      if (present && !current) panel.append(this.form(null, present));
      else if (!this.known.segments.length) panel.append(h("p", { class: "muted segment-none" }, text.segments.none));
    }).element;
  }

  private row(panel: HTMLElement, one: Segment, isCurrent: boolean, present: string, choose: (filter: string) => void): HTMLElement {
    const edit = (): void => {
      panel.replaceChildren(this.form(one, present));
      panel.querySelector("input")?.focus();
    };
    const button = h("button", { type: "button", class: "quiet", title: fill(text.segments.edit, { name: one.name }), onclick: edit }, "…");
    button.setAttribute("aria-label", button.title);
    const choice = option(one.name, one.shared ? text.segments.shared : "", isCurrent, () => choose(one.filter));
    return h("div", { class: "segment" }, choice, one.may_change ? button : null);
  }

  /** Fields for a new segment of the present filters, or for one that there is. */
  private form(one: Segment | null, present: string): HTMLElement {
    const name = h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off", value: one?.name ?? "" });
    const share = checkbox("shared", one?.shared ?? false);
    const update = checkbox("update", false);
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
        await this.load();
      } catch (error) {
        if (!(error instanceof StatsError)) throw error;
        problem.textContent = (error.reason === "refused" && error.message) || failureWords(error);
        problem.hidden = false;
      }
    };
    const submit = (event: Event): void => {
      event.preventDefault();
      const filter = one && !update.checked ? one.filter : present;
      const body = { name: name.value, filter, shared: share.checked };
      void attempt(() => (one ? send("PUT", this.url(one.id), body) : send("POST", this.url(), body)));
    };
    const remove = (event: Event): void => {
      const button = event.currentTarget as HTMLElement;
      // A second press is wanted: what is gone is gone.
      if (one && button.dataset["sure"] !== undefined) void attempt(() => send("DELETE", this.url(one.id)));
      button.dataset["sure"] = "";
      button.textContent = text.segments.sure;
    };
    const maySay = this.known.may_share || one?.shared === true;
    return h(
      "form",
      { class: "filter-form segment-form", "aria-label": one ? fill(text.segments.edit, { name: one.name }) : text.segments.save, onsubmit: submit },
      one ? null : h("h3", {}, text.segments.save),
      h("label", {}, text.segments.name, name),
      maySay ? h("label", { class: "check" }, share, text.segments.share) : null,
      one && present && normal(one.filter) !== present ? h("label", { class: "check" }, update, text.segments.update) : null,
      problem,
      h(
        "div",
        { class: "form-buttons" },
        h("button", { type: "submit", class: "main" }, text.segments.apply),
        one ? h("button", { type: "button", class: "quiet", onclick: remove }, text.segments.delete) : null,
      ),
    );
  }

  private url(id = ""): string {
    return `${this.site.base}/v1/segments/${this.site.id}${id && `/${id}`}`;
  }
}

function checkbox(name: string, checked: boolean): HTMLInputElement {
  return h("input", { type: "checkbox", name, checked });
}

function normal(filter: string): string {
  return writeFilters(readFilters(filter));
}
