// The panels below the headline. Each asks for its rows once it is in sight, a few at a time.
import type { Answers } from "./answers";
import type { Go } from "./controls";
import { h } from "./dom";
import { panelQuery, showFrame, showPanel } from "./panel";
import type { Panel } from "./panels";
import { panelsOf } from "./panels";
import type { Span } from "./ranges";
import type { Site } from "./site";
import type { Row } from "./stats";
import { fill, text } from "./texts";
import { Turns } from "./turns";
import type { View } from "./view";

/** One state of the page: what is looked at, and how to stop. */
export interface Round {
  readonly view: View;
  readonly span: Span;
  readonly totals: Row;
  readonly signal: AbortSignal;
}

const AT_ONCE = 4;
const NEAR = 300; // pixels below the window that are asked for before they are in sight

interface Place {
  readonly panel: Panel;
  readonly element: HTMLElement;
  body: HTMLElement | null;
  filled: boolean;
}

export class Board {
  private places: readonly Place[] = [];
  private panels: readonly Panel[] = [];
  private round: Round | null = null;
  private readonly turns = new Turns(AT_ONCE);
  private readonly seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const place = this.places.find(({ element }) => element === target);
        if (isIntersecting && place && this.round) this.fill(place, this.round).catch(this.failed);
      }
    },
    { rootMargin: `${NEAR}px` },
  );

  constructor(
    private readonly parent: HTMLElement,
    private readonly site: Site,
    private readonly answers: Answers,
    private readonly go: Go,
    /** What to do with an error of a panel that came into sight later. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Make the panels that the site has something for, once it is known which. */
  arrange(has: ReadonlySet<string>): void {
    if (this.places.length) return;
    const { panels, without } = panelsOf(this.site, has);
    this.panels = panels;
    this.places = panels.map((panel) => {
      const element = h("section", { class: `card panel panel-${panel.id}` });
      return { panel, element, body: null, filled: false };
    });
    const absent = without.length ? h("p", { class: "without muted" }, fill(text.panels.without, { panels: without.join(" · ") })) : null;
    this.parent.replaceChildren(...this.places.map(({ element }) => element), ...(absent ? [absent] : []));
    for (const { element } of this.places) this.seen.observe(element);
  }

  /** Draw the frames for a view whose figures are on their way. */
  frame(view: View, span: Span): void {
    this.round = null;
    for (const place of this.places) {
      place.body = showFrame(place.element, place.panel, this.panels, this.site, view, span, this.go);
      place.filled = false;
    }
  }

  /** Fill the panels in sight; the others follow when they come into sight. Throws as fetchStats does. */
  async show(round: Round): Promise<void> {
    this.round = round;
    await Promise.all(this.places.filter(({ element }) => isNear(element)).map((place) => this.fill(place, round)));
  }

  private async fill(place: Place, round: Round): Promise<void> {
    const { panel, body } = place;
    if (place.filled || !body) return;
    place.filled = true;
    const query = panelQuery(panel, round.view, round.span);
    const answer = await this.turns.run(round.signal, () => this.answers.ask(query, round.signal));
    if (!round.signal.aborted) await showPanel(body, panel, this.panels, round, answer, this.go);
  }
}

function isNear(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top < innerHeight + NEAR && bottom > -NEAR;
}
