/**
 * `_paq`, as pages written for matomo.js fill it: its calls become the tracker's. What is waiting in it is carried out first,
 * settings before what they are to apply to; then `push` is carried out at once.
 */

import type { Page } from "../dialogs";
import type { Tracker } from "../tracker/tracker";
import { commerceMethods } from "./commerce";
import { consentMethods } from "./consent";
import { contentMethods } from "./contents";
import { pageMethods } from "./page";

export type Adapt = (page: Page, tracker: Tracker) => void;

export type Methods = Record<string, (...given: never[]) => unknown>;

/** Carried out before the others, wherever they stand: what a page puts behind `trackPageView` still applies to it. */
const FIRST = new Set([
  ...["requireConsent", "requireCookieConsent", "disableCookies", "forgetConsentGiven", "forgetCookieConsentGiven"],
  ...["setConsentGiven", "rememberConsentGiven", "setCookieConsentGiven", "rememberCookieConsentGiven"],
  ...["setDoNotTrack", "setUserId", "setDomains", "setDownloadExtensions", "addDownloadExtensions"],
  ...["removeDownloadExtensions", "enableLinkTracking"],
]);

/** Settings of matomo.js that have nothing to set here, and are taken without a word (docs/tracker.md). */
const WITHOUT_EFFECT = new Set([
  ...["setTrackerUrl", "setAPIUrl", "setRequestMethod", "setRequestContentType", "setRequestQueueInterval"],
  ...["alwaysUseSendBeacon", "disableAlwaysUseSendBeacon", "disableQueueRequest", "enableCrossDomainLinking"],
  ...["setSecureCookie", "setCookieDomain", "setCookiePath", "setCookieNamePrefix", "setCookieSameSite"],
  ...["setVisitorCookieTimeout", "setSessionCookieTimeout", "setReferralCookieTimeout", "deleteCookies", "enableCookies"],
  ...["enableHeartBeatTimer", "disableHeartBeatTimer", "setHeartBeatTimer", "setLinkTrackingTimer", "discardHashTag"],
  ...["disablePerformanceTracking", "disableBrowserFeatureDetection", "enableBrowserFeatureDetection", "setEcommerceView"],
  ...["setConversionAttributionFirstReferrer", "setCampaignNameKey", "setCampaignKeywordKey", "setVisitStandardLength"],
]);

export const adapt: Adapt = (page, tracker) => {
  const methods: Methods = {
    ...pageMethods(page, tracker),
    ...consentMethods(page, tracker),
    ...commerceMethods(tracker),
    ...contentMethods(tracker),
  };
  const told = new Set<string>();

  function unknown(name: string): void {
    if (WITHOUT_EFFECT.has(name) || told.has(name)) return;
    told.add(name);
    console.warn(`_paq: ${name} is not known here, and was left out`);
  }

  function call(given: unknown): void {
    try {
      if (typeof given === "function") return void given.call(tracked);
      if (!Array.isArray(given)) return unknown(String(given));
      const [name, ...values] = given as [unknown, ...unknown[]];
      if (typeof name === "function") return void name.apply(tracked, values);
      const method = Object.prototype.hasOwnProperty.call(methods, String(name)) ? methods[String(name)] : undefined;
      if (!method) unknown(String(name));
      else (method as (...given: unknown[]) => unknown)(...values);
      // What the page does once its call has been carried out: often it goes to another one.
      const then = /^track/.test(String(name)) ? values.find((value) => typeof value === "function") : undefined;
      if (then) setTimeout(then as () => void);
    } catch (error) {
      reportError(error);
    }
  }

  /** `this` of functions in the queue, and what `Matomo.getTracker()` gives: methods that are not known do nothing there too. */
  const tracked: unknown = new Proxy(methods, {
    get: (_, name) =>
      typeof name !== "string" || name === "then" ? undefined : (methods[name] ?? (() => unknown(name))),
  });
  const waiting = Array.isArray(window._paq) ? [...(window._paq as unknown[])] : [];
  const isFirst = (given: unknown) => Array.isArray(given) && FIRST.has(String(given[0]));

  window._paq = { push: (...calls: unknown[]) => calls.forEach(call) };
  const getTracker = () => tracked;
  const matomo = { initialized: true, getTracker, getAsyncTracker: getTracker };
  Object.assign(window, { Matomo: matomo, Piwik: matomo });
  waiting.filter(isFirst).forEach(call);
  waiting.filter((given) => !isFirst(given)).forEach(call);
};
