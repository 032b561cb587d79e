/** The seam between what every page needs and what is loaded beside it: everything a visitor sees, and every answer. */

import type { Config } from "./config";
import type { GatewayReceipt } from "./gateway";
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
  /** The same, after the gateway has recorded an answer: what had run and may no longer makes the page load again. */
  recorded(): void;
  announce(name: string, detail: unknown): void;
}

/** What the dialogs do. Answers resolve to true once the gateway has recorded them. */
export interface Dialogs {
  showBanner(notice: Notice): void;
  /** The way back to one's choices. Where the notice says answered and this page cannot read it, the gateway is asked. */
  showButton(notice: Notice | null): void;
  showPreferences(purpose?: string): Promise<boolean>;
  /** Stands in for an element that waits; `once` opens it for this page only. */
  hold(element: HTMLElement, purpose: string, service: string, once: () => void): void;
  release(element: HTMLElement): void;
  acceptAll(surface: Surface): Promise<boolean>;
  rejectAll(surface: Surface): Promise<boolean>;
  choose(purposes: Answered, services: Answered, surface: Surface): Promise<boolean>;
  withdraw(): Promise<boolean>;
  /** The record of this browser's consent, null where there is none. */
  receipt(): Promise<GatewayReceipt | null>;
  /** To be called whenever what stands may have changed. */
  update(): void;
}
