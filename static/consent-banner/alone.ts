/** Goes before the script where no site is written into it: its own tag says which one this is, or `_paq`; the notice the rest. */

import type { Embedded } from "./config";
import { ownTag } from "./own_tag";

declare let GATEWAY: Embedded | null;

const tag = ownTag();
/** Pages written for matomo.js say it in their own way. */
const calls = Array.isArray(window._paq) ? (window._paq as readonly unknown[]) : [];
const told = calls.find((call): call is unknown[] => Array.isArray(call) && call[0] === "setSiteId");
const site = Number(tag?.dataset.site ?? told?.[1]);
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
