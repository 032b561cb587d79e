/** The part that is loaded once a hit may be sent, or where a page is written for matomo.js. */

import { leave } from "../chunk";
import type { Chunks } from "../config";
import type { Adapt } from "../paq/paq";
import { watchDeclared } from "./declared";
import { watchLinks } from "./links";
import { createTracker, type CreateTracker } from "./tracker";

/** What this part may load in turn. */
declare const CHUNKS: Chunks;

leave<CreateTracker>((page, early) => {
  Object.assign(page.config.chunks, CHUNKS);
  const tracker = createTracker(page, early);
  watchLinks(tracker.said, tracker.track);
  watchDeclared(tracker.track);
  if (early.adapts) void page.load<Adapt>("paq").then((adapt) => adapt?.(page, tracker));
  return tracker;
});
