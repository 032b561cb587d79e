// What is kept under a name, filters or funnels: choosing one puts it into the URL, so that every link holds it itself.
import { ask, send, StatsError } from "./ask";
import type { Go } from "./controls";
import { h } from "./dom";
import { readFilters, writeFilters } from "./filters";
import { menu, option } from "./menu";
import { failureWords } from "./notice";
import type { Site } from "./site";
import { fill, text } from "./texts";
import type { View } from "./view";

/** What the server keeps: its own fields, and those that Shelf.fields names. */
export type Kept = Readonly<Record<string, string | boolean>> & {
  readonly id: string;
  readonly name: string;
  readonly shared: boolean;
  readonly may_change: boolean;
};

/** A kind of things to keep. */
export interface Shelf {
  readonly path: "segments" | "funnels";
  readonly words: Words;
  /** What of a view is kept, empty where there is nothing to keep. */
  fields(view: View): Readonly<Record<string, string>>;
  /** A view with what was kept, or without any. */
  applied(view: View, kept: Kept | null): View;
}

type Words = typeof text.segments;

interface Answer {
  readonly kept: readonly Kept[];
  readonly may_share: boolean;
}

const NONE: Answer = { kept: [], may_share: false };

export const SEGMENTS: Shelf = {
  path: "segments",
  words: text.segments,
  fields: ({ filters }): Readonly<Record<string, string>> => (filters.length ? { filter: writeFilters(filters) } : {}),
  applied: (view, kept) => ({ ...view, filters: readFilters(String(kept?.["filter"] ?? "")), more: "" }),
};

export class Picker {
  private known = NONE;

  constructor(
    private readonly shelf: Shelf,
    private readonly site: Site,
    /** What to do when what is kept is known, or is other than before. */
    private readonly changed: () => void,
  ) {}

  /** Ask what there is. Without an answer the menu has none: the figures do not depend on it. */
  async load(): Promise<void> {
    const found = await ask<Answer>(this.url(), new AbortController().signal).catch((error: unknown) => {
      if (error instanceof StatsError) return NONE;
      throw error;
    });
    this.known = found;
    this.changed();
  }

  menu(view: View, go: Go): HTMLElement {
    const { shelf } = this;
    const { words } = shelf;
    const present = shelf.fields(view);
    const isNothing = !Object.keys(present).length;
    const current = this.known.kept.find((one) => same(this.fieldsOf(view, one), present));
    const shown = current?.name ?? (isNothing ? words.all : words.unsaved);
    return menu(shelf.path, words.label, shown, (panel, close) => {
      const choose = (one: Kept | null): void => {
        close();
        go((view) => shelf.applied(view, one));
      };
      panel.append(option(words.all, "", isNothing, () => choose(null)));
      for (const one of this.known.kept) panel.append(this.row(panel, one, one === current, view, choose));
      if (!isNothing && !current) panel.append(this.form(null, view));
      else if (!this.known.kept.length) panel.append(h("p", { class: "muted segment-none" }, words.none));
    }).element;
  }

  private fieldsOf(view: View, one: Kept): Readonly<Record<string, string>> {
    return this.shelf.fields(this.shelf.applied(view, one));
  }

  private row(panel: HTMLElement, one: Kept, isCurrent: boolean, view: View, choose: (one: Kept) => void): HTMLElement {
    const { words } = this.shelf;
    const edit = (): void => {
      panel.replaceChildren(this.form(one, view));
      panel.querySelector("input")?.focus();
    };
    const button = h("button", { type: "button", class: "quiet", title: fill(words.edit, { name: one.name }), onclick: edit }, "…");
    button.setAttribute("aria-label", button.title);
    const choice = option(one.name, one.shared ? words.shared : "", isCurrent, () => choose(one));
    return h("div", { class: "segment" }, choice, one.may_change ? button : null);
  }

  /** Fields to keep what is looked at under a name, or to change `one`. */
  private form(one: Kept | null, view: View): HTMLElement {
    const { words } = this.shelf;
    const present = this.shelf.fields(view);
    const own = one ? this.fieldsOf(view, one) : present;
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
      const body = { name: name.value, shared: share.checked, ...(update.checked ? present : own) };
      void attempt(() => (one ? send("PUT", this.url(one.id), body) : send("POST", this.url(), body)));
    };
    const remove = (event: Event): void => {
      const button = event.currentTarget as HTMLElement;
      // A second press is wanted: what is gone is gone.
      if (one && button.dataset["sure"] !== undefined) void attempt(() => send("DELETE", this.url(one.id)));
      button.dataset["sure"] = "";
      button.textContent = words.sure;
    };
    const maySay = this.known.may_share || one?.shared === true;
    return h(
      "form",
      { class: "filter-form segment-form", "aria-label": one ? fill(words.edit, { name: one.name }) : words.save, onsubmit: submit },
      one ? null : h("h3", {}, words.save),
      h("label", {}, words.name, name),
      maySay ? h("label", { class: "check" }, share, words.share) : null,
      Object.keys(present).length && !same(own, present) ? h("label", { class: "check" }, update, words.update) : null,
      problem,
      h(
        "div",
        { class: "form-buttons" },
        h("button", { type: "submit", class: "main" }, words.apply),
        one ? h("button", { type: "button", class: "quiet", onclick: remove }, words.delete) : null,
      ),
    );
  }

  private url(id = ""): string {
    return `${this.site.base}/v1/${this.shelf.path}/${this.site.id}${id && `/${id}`}`;
  }
}

function checkbox(name: string, checked: boolean): HTMLInputElement {
  return h("input", { type: "checkbox", name, checked });
}

function same(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
