/** What other parties' scripts ask about the visitor's answers, all told from the one decision. */

import type { Config } from "../config";
import type { Standing } from "../standing";

export interface Signals {
  /** Tells whatever has changed. */
  update(): void;
}

export type CreateSignals = (config: Config, standing: Standing) => Signals;

export const createSignals: CreateSignals = () => ({ update() {} });
