/** What other parties' scripts ask about the visitor's answers, all told from the one decision (docs/signals.md). */

import type { Chunk, Config } from "../config";
import type { Standing } from "../standing";
import { createConsentMode } from "./consent_mode";
import { createGpp } from "./gpp";
import { createUsp } from "./usp";

export interface Signals {
  /** Tells whatever has changed. */
  update(): void;
  /** Settles once somebody asks what only the notice can say. */
  readonly noticeWanted: Promise<void>;
}

/** How core.js loads a part: this bundle has no copy of it, because a page may make the Trusted Types policy only once. */
export type Load = <Made>(config: Config, chunk: Chunk | undefined) => Promise<Made | null>;

export type CreateSignals = (config: Config, standing: Standing, load: Load) => Signals;

export const createSignals: CreateSignals = (config, standing, load) => {
  const updates: (() => void)[] = [];
  let wantNotice: () => void = () => {};
  const noticeWanted = new Promise<void>((resolve) => (wantNotice = resolve));
  const wanted = (name: string) => config.signals?.includes(name) === true;
  if (wanted("consent_mode")) updates.push(createConsentMode(standing));
  if (wanted("usp")) createUsp(standing);
  if (wanted("gpp")) updates.push(createGpp(standing, () => load(config, config.chunks.gpp), wantNotice));
  return { update: () => updates.forEach((update) => update()), noticeWanted };
};
