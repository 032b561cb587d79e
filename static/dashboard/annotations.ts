// Notes at days: marked on the chart, listed below it, written there by those who may edit the site.
import { ask, send, StatsError } from "./ask";
import { byId, h, replace } from "./dom";
import * as format from "./format";
import type { Span } from "./ranges";
import type { Point } from "./series";
import type { Site } from "./site";
import { fill, text } from "./texts";

export interface Note {
  readonly id: string;
  readonly day: string;
  readonly note: string;
  readonly by: string;
}

interface Answer {
  readonly annotations: readonly Note[];
  readonly may_write: boolean;
}

const LONGEST = 500;

export class Notes {
  private shown = "";
  private edited: Note | null = null;

  constructor(
    private readonly site: Site,
    /** What to do once a note was written or removed. */
    private readonly changed: () => void,
  ) {}

  /** The notes of `span`, listed; none where they cannot be had: the figures do not wait for them. */
  async show(span: Span, signal: AbortSignal): Promise<readonly Note[]> {
    let answer: Answer;
    try {
      answer = await ask<Answer>(`${this.url()}?${new URLSearchParams({ from: span.from, to: span.to })}`, signal);
    } catch (error) {
      if (error instanceof StatsError) return [];
      throw error;
    }
    // Drawn once for what there is: drawn anew, a form that is being filled in would be gone.
    const all = JSON.stringify([span, answer]);
    if (all !== this.shown) this.list(span, answer);
    this.shown = all;
    return answer.annotations;
  }

  private list(span: Span, answer: Answer): void {
    const { annotations, may_write: mayWrite } = answer;
    const open = byId("notes").querySelector("details")?.open ?? false;
    const problem = h("p", { class: "notice", role: "alert", hidden: true });
    const lines = annotations.map((one) => this.line(span, answer, one, problem));
    const title = annotations.length ? fill(text.notes.count, { count: format.whole(annotations.length) }) : text.notes.title;
    const list = lines.length ? h("ul", { class: "notes" }, ...lines) : h("p", { class: "muted" }, text.notes.none);
    const form = mayWrite ? this.form(span, problem) : null;
    const details = h("details", { open }, h("summary", { "data-key": "notes" }, title), list, problem, form);
    replace(byId("notes"), annotations.length || mayWrite ? details : null);
  }

  private line(span: Span, answer: Answer, one: Note, problem: HTMLElement): HTMLElement {
    const edit = (): void => {
      this.edited = one;
      this.list(span, answer);
      byId("notes").querySelector<HTMLInputElement>("[name=note]")?.focus();
    };
    const remove = (): void => this.change(send("DELETE", `${this.url()}?id=${encodeURIComponent(one.id)}`), problem);
    const button = (word: string, label: string, onclick: () => void): HTMLElement =>
      h("button", { type: "button", class: "quiet", "aria-label": fill(label, { note: one.note }), onclick }, word);
    return h(
      "li",
      {},
      h("span", { class: "note-day muted" }, format.span({ from: one.day, to: one.day })),
      h("span", { class: "note-words" }, one.note, " ", h("span", { class: "muted" }, fill(text.notes.by, { user: one.by }))),
      answer.may_write
        ? h(
            "span",
            { class: "note-buttons" },
            button(text.notes.edit, text.notes.edit_of, edit),
            button(text.notes.remove, text.notes.remove_of, remove),
          )
        : null,
    );
  }

  private form(span: Span, problem: HTMLElement): HTMLElement {
    const day = h("input", { type: "date", name: "day", value: this.edited?.day ?? span.to, required: true });
    const note = h("input", { name: "note", value: this.edited?.note ?? "", maxlength: LONGEST, required: true, autocomplete: "off" });
    const onsubmit = (event: Event): void => {
      event.preventDefault();
      const body = { day: day.value, note: note.value, ...(this.edited ? { id: this.edited.id } : {}) };
      this.change(send("POST", this.url(), body), problem);
    };
    return h(
      "form",
      { class: "note-form", "aria-label": text.notes.title, onsubmit },
      h("label", {}, text.notes.day, day),
      h("label", { class: "note-field" }, text.notes.note, note),
      h("button", { type: "submit", class: "main" }, this.edited ? text.notes.save : text.notes.add),
    );
  }

  private change(sent: Promise<unknown>, problem: HTMLElement): void {
    sent.then(
      () => {
        this.edited = null;
        this.shown = "";
        this.changed();
      },
      (error: unknown) => {
        if (!(error instanceof StatsError)) throw error;
        problem.textContent = error.reason === "logged_out" ? text.states.logged_out : error.message || text.states.failed;
        problem.hidden = false;
      },
    );
  }

  private url(): string {
    return `${this.site.base}/v1/annotations/${this.site.id}`;
  }
}

/** For each point of the chart what was noted in it; empty where nothing was. */
export function notesAt(points: readonly Point[], notes: readonly Note[]): string[] {
  const found = points.map((): string[] => []);
  for (const { day, note } of notes) {
    // The first hour of its day, or the step that it lies in.
    const hour = points.findIndex(({ key }) => key.startsWith(day));
    const at = hour >= 0 ? hour : points.filter(({ key }) => key <= day).length - 1;
    found[at]?.push(note);
  }
  return found.map((some) => some.join(" · "));
}
