/**
 * What not every page needs beside the banner: the ways to answer, placeholders, the preferences, the choice about sale,
 * clearing, and the elements of a site's own pages.
 */

import type { Page } from "../dialogs";
import type { Notice } from "../notice";
import type { createSurface, shadow } from "../ui/surface";
import { type Answers, createAnswers } from "./answers";
import { createClearing } from "./clearing";
import { type Open, openDialog } from "./dialog";
import { createElements } from "./elements";
import { place, type Waiting } from "./placeholder";

/** What the first part hands on, so that nothing is loaded twice. `page.notice` gives whole notices only. */
export interface Given {
  readonly page: Page;
  /** Says that an answer is recorded once it is. */
  told(answer: Promise<boolean>): Promise<boolean>;
  readonly createSurface: typeof createSurface;
  readonly shadow: typeof shadow;
  /** Names of what a withdrawal had to leave behind. */
  notCleared(): readonly string[];
}

export interface Kit extends Given {
  readonly answers: Answers;
}

export interface More {
  readonly answers: Answers;
  /** `purpose` is brought into view and its toggle focused; `back` where closing leads back to the banner. */
  open(notice: Notice, back: boolean, purpose: string | undefined, closed: () => void): void;
  /** Stands in for an element that waits. */
  hold(waiting: Waiting): void;
  release(element: HTMLElement): void;
  /** Gives a <gateway-preferences> or <gateway-cookies> its content. */
  fill(element: HTMLElement): void;
  /** Clears what refused purposes left; `had` are those that were allowed on this page. */
  clear(had: Set<string>): Promise<void>;
  /** To be called whenever what stands may have changed. */
  update(): void;
}

export function createMore(given: Given): More {
  const answers = createAnswers(given.page);
  const kit: Kit = { ...given, answers };
  const elements = createElements(kit);
  const placed = new Map<HTMLElement, () => void>();
  let dialog: Open | null = null;

  return {
    answers,
    open(notice, back, purpose, closed) {
      dialog = openDialog(kit, notice, back, purpose, () => {
        dialog = null;
        closed();
      });
    },
    hold(waiting) {
      placed.get(waiting.element)?.();
      placed.set(waiting.element, place(kit, waiting));
    },
    release(element) {
      placed.get(element)?.();
      placed.delete(element);
    },
    fill: elements.fill,
    clear: createClearing(kit.page),
    update() {
      dialog?.update();
      elements.update();
    },
  };
}
