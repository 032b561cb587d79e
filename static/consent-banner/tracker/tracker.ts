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
  /** `told`: the attentive seconds that were sent. */
  const arrive = (referrer: string) => ({ id: randomId(), url: address(), referrer, sent: false, told: 0 });
  let view = arrive(document.referrer);
  let events: Hit[] = [];
  let settling: ReturnType<typeof setTimeout> | undefined;

  const hit = (type: string) => ({ site: config.site, type, page_view: view.id, url: view.url });

  function flush(): void {
    clearTimeout(settling);
    settling = undefined;
    if (!measures()) return;
    attention ??= createAttention(measures);
    if (!view.sent) {
      view.sent = true;
      attention.reset();
      hits.send({
        ...hit("pageview"),
        id: randomId(),
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
    const news = view.sent && seconds > view.told;
    const last = news ? { ...hit("engagement"), seconds, scroll: attention?.scroll() ?? 0 } : null;
    if (news) view.told = seconds;
    if (leaving) hits.sendLast(last);
    else if (last) hits.send(last);
  }

  onNavigation((restored) => {
    if (address() === view.url && !restored) return;
    finish(false);
    view = arrive(restored ? document.referrer : view.url);
    events = [];
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
      const event: Hit = {
        ...hit("event"),
        id: randomId(),
        category: category || "event",
        action,
        name: name || undefined,
        value: Number.isFinite(value) ? value : undefined,
      };
      if (events.length < MOST_EVENTS) events.push(event);
      flush();
    },
  };
}

/** 16 random hexadecimal digits; made per page view or hit, kept in memory only. */
function randomId(): string {
  const [random = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return random.toString(16).padStart(16, "0");
}
