/** Goes before the script where no site is written into it: its own tag says which one this is, the notice the rest. */

import type { Embedded } from "./config";
import { ownTag } from "./own_tag";

declare let GATEWAY: Embedded | null;

const tag = ownTag();
const site = Number(tag?.dataset.site);
if (tag?.src && Number.isInteger(site) && site > 0) {
  GATEWAY = {
    site,
    origin: new URL(".", tag.src).href.slice(0, -1),
    policy: tag.dataset.policy ?? "",
    purposes: [],
    track: true,
    signals: tag.dataset.signals?.split(" ") ?? [],
    labels: {},
  };
}
