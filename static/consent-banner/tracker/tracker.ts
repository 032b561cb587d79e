/**
 * Counts page views, events and attention, once measurement is allowed; until then nothing is sent.
 * What waits for an answer is the page being looked at, not the ones left before: those were seen without a yes.
 */

import type { Config } from "../config";
import type { GatewayEventProperties } from "../gateway";
import { type Attention, createAttention } from "./attention";
import { createHits, type Hit } from "./hits";
import { address, onNavigation } from "./navigation";

export interface Tracker {
  /** To be called whenever what is allowed may have changed. */
  update(): void;
  track(action: string, properties?: GatewayEventProperties): void;
}

/** Milliseconds that a router gets to set the new title. */
const SETTLE = 50;
/** Events kept while the visitor has not answered. */
const MOST_EVENTS = 50;

export function createTracker(config: Config, measures: () => boolean, refused: () => boolean): Tracker {
  const hits = createHits(config.origin, measures);
  let attention: Attention | null = null;
  let view = { id: randomId(), url: address(), referrer: document.referrer, sent: false };
  let events: Hit[] = [];
  let told = 0;
  let settling: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(settling);
    settling = undefined;
    if (!measures()) return;
    attention ??= createAttention(measures);
    if (!view.sent) {
      view.sent = true;
      attention.reset();
      hits.send({
        site: config.site,
        type: "pageview",
        id: randomId(),
        page_view: view.id,
        url: view.url,
        title: document.title,
        referrer: view.referrer,
        screen: `${screen.width}x${screen.height}`,
        language: navigator.language,
      });
    }
    for (const event of events) hits.send(event);
    events = [];
  }

  function finish(leaving: boolean): void {
    if (!measures()) return;
    if (settling !== undefined) flush();
    const seconds = attention?.seconds() ?? 0;
    const news = view.sent && seconds > told;
    const hit = {
      site: config.site,
      type: "engagement",
      page_view: view.id,
      url: view.url,
      seconds,
      scroll: attention?.scroll() ?? 0,
    };
    if (news) told = seconds;
    if (leaving) hits.sendLast(news ? hit : null);
    else if (news) hits.send(hit);
  }

  onNavigation((restored) => {
    const url = address();
    if (url === view.url && !restored) return;
    finish(false);
    view = { id: randomId(), url, referrer: restored ? document.referrer : view.url, sent: false };
    events = [];
    told = 0;
    clearTimeout(settling);
    settling = setTimeout(flush, SETTLE);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") finish(true);
  });
  addEventListener("pagehide", () => finish(true));

  return {
    update() {
      if (refused()) {
        events = [];
        hits.drop();
      }
      flush();
    },
    track(action, properties = {}) {
      if (refused() || !action) return;
      const { category, name, value } = properties;
      const hit: Record<string, string | number> = {
        site: config.site,
        type: "event",
        id: randomId(),
        page_view: view.id,
        category: category || "event",
        action,
        url: view.url,
      };
      if (name) hit.name = name;
      if (Number.isFinite(value)) hit.value = Number(value);
      if (events.length < MOST_EVENTS) events.push(hit);
      flush();
    },
  };
}

/** 16 random hexadecimal digits; made per page view or hit, kept in memory only. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
