/** Leaves the signals where core.js, which follows in the same function, finds them. */

import { type CreateSignals, createSignals } from "./signals";

declare let SIGNALS: { readonly createSignals: CreateSignals };

SIGNALS = { createSignals };
