/** The seam between what every page needs and what is loaded beside it: everything a visitor sees, and every answer. */

import type { Chunks, Config } from "./config";
import type { Gateway } from "./gateway";
import type { Notice } from "./notice";
import type { Standing } from "./standing";

export type Surface = "banner" | "preferences" | "api" | "placeholder";
export type Answered = Readonly<Record<string, boolean>>;

/** What the dialogs are given. */
export interface Page {
  readonly config: Config;
  readonly standing: Standing;
  /** The current notice; fetched once, again after a failure or where `again` says so. Null where none can be had. */
  notice(again?: boolean): Promise<Notice | null>;
  /** Brings gates, measurement, signals and dialogs in line with what stands now. */
  apply(): void;
  /** Takes away what is named (everything where nothing is) before the gateway has heard of it, and what was opened once. */
  deny(purposes?: readonly string[], services?: readonly string[]): void;
  /** The same, after the gateway has recorded an answer: what had run and may no longer makes the page load again. */
  recorded(): void;
  /** Opens one element that waits, whatever the answer, until the page is left or a no is said; nothing is recorded. */
  once(element: HTMLElement): void;
  announce(name: string, detail: unknown): void;
  /** A part that is loaded later, as it left itself on its tag; null where it cannot be had. */
  load<Made>(chunk: keyof Chunks): Promise<Made | null>;
}

/** What `window.gateway` hands on. Answers resolve to true once the gateway has recorded them. */
export type Answering = Pick<
  Gateway,
  "showPreferences" | "acceptAll" | "rejectAll" | "choose" | "withdraw" | "receipt"
>;

/** What the dialogs do. */
export interface Dialogs extends Answering {
  showBanner(notice: Notice): void;
  /** The way back to one's choices. Where the notice says answered and this page cannot read it, the gateway is asked. */
  showButton(notice: Notice | null): void;
  /** Stands in for an element that waits; `once` opens it. */
  hold(element: HTMLElement, purpose: string, service: string, once: () => void): void;
  release(element: HTMLElement): void;
  /** To be called whenever what stands may have changed. */
  update(): void;
}
