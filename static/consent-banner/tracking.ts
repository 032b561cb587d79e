/**
 * What every page carries of the measurement: it waits until hits may be sent, keeps what is tracked meanwhile, and loads the
 * tracker. Where that cannot be had, or the visitor is gone before it has come, it sends the page view by itself.
 */

import type { Page } from "./dialogs";
import { ANALYTICS } from "./standing";
import { address } from "./tracker/address";
import { randomId } from "./tracker/id";
import type { CreateTracker, Track, Tracker } from "./tracker/tracker";

/** `at`: the address of the page on which it was made. */
export type Call = readonly [at: string, ...values: Parameters<Track>];

/** What the tracker takes over. */
export interface Early {
  calls: Call[];
  /** Of the first page view, and whether it was sent. */
  readonly id: string;
  sent: boolean;
  /** The page is written for matomo.js: it says itself what is a page view. */
  readonly adapts: boolean;
}

/** Calls kept until the tracker has come. */
const MOST_CALLS = 50;

export function createTracking(page: Page): Pick<Tracker, "track" | "update"> {
  const { config, standing } = page;
  const { data, site, origin, track } = config;
  const adapts = track && data.paq !== "off" && (data.paq !== undefined || Array.isArray(window._paq));
  const early: Early = { calls: [], id: randomId(), sent: false, adapts };
  let loading: Promise<void> | null = null;
  let tracker: Tracker | null = null;

  const visible = () => document.visibilityState === "visible";

  function update(): void {
    if (standing.answer(ANALYTICS) === false) early.calls = [];
    if (tracker) return tracker.update();
    // A page that opens out of sight is counted when it is looked at.
    if (!adapts && !(standing.measures() && visible())) return;
    loading ??= page.load<CreateTracker>("track").then((create) => {
      if (create) tracker = create(page, early);
      else {
        loading = null;
        sendPageview();
      }
    });
  }

  function sendPageview(): void {
    if (tracker || early.sent || adapts || data.pageviews || !standing.measures()) return;
    early.sent = true;
    const { title, referrer } = document;
    const { id } = early;
    const url = address(data.hash);
    const hit = { site, type: "pageview", id, page_view: id, url, title, referrer, language: navigator.language };
    // A string is text/plain: no preflight.
    navigator.sendBeacon?.(`${origin}/v1/hit`, JSON.stringify(hit));
  }

  document.addEventListener("visibilitychange", () => {
    if (visible()) update();
    else if (loading) sendPageview();
  });
  addEventListener("pagehide", () => {
    if (loading) sendPageview();
  });

  return {
    update,
    track(...call) {
      if (tracker) tracker.track(...call);
      else if (standing.answer(ANALYTICS) !== false && early.calls.length < MOST_CALLS) {
        early.calls.push([address(data.hash), ...call]);
      }
    },
  };
}
