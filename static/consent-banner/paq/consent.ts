/**
 * matomo.js's consent methods, in the gateway's terms. What they open can only be less than the visitor's own answer allows:
 * no call of a page's records a yes. What they close is closed at once, and a no is recorded where a yes stood.
 */

import type { Page } from "../dialogs";
import type { Gateway } from "../gateway";
import { cookies } from "../cookies";
import { ANALYTICS } from "../standing";
import type { Tracker } from "../tracker/tracker";
import type { Methods } from "./paq";

export function consentMethods(page: Page, { said, update }: Tracker): Methods {
  const { config, standing } = page;
  /** Does the page want a consent of its own, and has it been given? */
  const hits = { required: false, given: false };
  const identity = { required: false, given: false, off: false };
  let doNotTrack = false;
  /** Said on this page, whatever has become of the request that tells the gateway. */
  let objects = false;

  const yes = () => standing.answer(ANALYTICS) === true;
  const objected = () => cookies(`gw_objection_${config.site}`).length > 0 || standing.notice()?.objected === true;
  const out = () => !standing.measures() && (objects || standing.answer(ANALYTICS) === false || objected());

  function settle(): void {
    said.held = doNotTrack || (hits.required && !hits.given && !yes());
    said.cookieless = identity.off || (identity.required && !identity.given && !yes());
    update();
  }

  /** A visitor who takes a consent back takes back what the gateway holds of it too. */
  function takeBack(): void {
    if (!yes()) return;
    page.deny([ANALYTICS], []);
    void (window.gateway as Gateway).choose({ [ANALYTICS]: false });
  }

  document.addEventListener("gateway:change", settle);

  return {
    requireConsent() {
      hits.required = true;
      settle();
    },
    setConsentGiven() {
      hits.given = identity.given = true;
      settle();
    },
    // What is remembered is the visitor's own answer, by the gateway.
    rememberConsentGiven() {
      hits.given = identity.given = true;
      settle();
    },
    forgetConsentGiven() {
      hits.required = true;
      hits.given = identity.given = false;
      takeBack();
      settle();
    },
    isConsentRequired: () => hits.required,
    hasConsent: () => !hits.required || hits.given || yes(),
    hasRememberedConsent: yes,
    getRememberedConsent: () => null,
    requireCookieConsent() {
      identity.required = true;
      settle();
    },
    setCookieConsentGiven() {
      identity.given = true;
      settle();
    },
    rememberCookieConsentGiven() {
      identity.given = true;
      settle();
    },
    forgetCookieConsentGiven() {
      identity.required = true;
      identity.given = false;
      takeBack();
      settle();
    },
    getRememberedCookieConsent: () => null,
    areCookiesEnabled: () => !said.cookieless && standing.measures(),
    disableCookies() {
      identity.off = true;
      settle();
    },
    setDoNotTrack(on: boolean) {
      doNotTrack = on && navigator.doNotTrack === "1";
      settle();
    },
    async optUserOut() {
      // It holds before the gateway has heard of it.
      objects = true;
      page.deny([ANALYTICS], []);
      const body = JSON.stringify({ site: config.site, what: ANALYTICS, surface: "api", subject: config.data.subjectToken });
      const headers = { "Content-Type": "application/json" };
      if (config.preview) return;
      const request = { method: "POST", headers, body, credentials: "include", keepalive: true } as const;
      const done = await fetch(`${config.origin}/v1/opt-out`, request).then(
        ({ ok }) => ok,
        () => false,
      );
      if (done) page.recorded();
      else page.announce("failed", { what: "consent" });
    },
    // Only the visitor can take an objection back, by a yes.
    forgetUserOptOut: () => void (window.gateway as Gateway).showPreferences(ANALYTICS),
    isUserOptedOut: out,
  };
}
