/** The part that is loaded beside the script. */

import { leave } from "../chunk";
import type { Chunks } from "../config";
import type { Dialogs, Page } from "../dialogs";
import { createDialogs } from "./ui";
import { watchWaiting } from "./waiting";

/** What this part may load in turn. */
declare const CHUNKS: Chunks;

leave((page: Page): Dialogs => {
  Object.assign(page.config.chunks, CHUNKS);
  const dialogs = createDialogs(page);
  watchWaiting(page, dialogs);
  return dialogs;
});
