/**
 * Google Consent Mode v2 (https://developers.google.com/tag-platform/security/guides/consent), in its basic form: everything
 * is denied before any tag runs; a type is granted once every purpose that stands for it is allowed.
 */

import type { Standing } from "../standing";

const TYPES = [
  "ad_storage",
  "ad_user_data",
  "ad_personalization",
  "analytics_storage",
  "functionality_storage",
  "personalization_storage",
  "security_storage",
];

/** Milliseconds that ungated Google tags wait for the first update. */
const WAIT = 500;

/** Returns what tells a change. */
export function createConsentMode(standing: Standing): () => void {
  const denied = states(() => false);
  let told = JSON.stringify([false, denied]);
  gtag("consent", "default", { ...denied, wait_for_update: WAIT });
  return () => {
    const now = states((type) => {
      const purposes = standing.purposes().filter(({ consent_mode }) => consent_mode?.includes(type));
      return purposes.length > 0 && purposes.every(({ id }) => standing.allowed(id));
    });
    // A no to everything changes no state, but it ends the waiting.
    const state = JSON.stringify([standing.answered(), now]);
    if (state === told) return;
    told = state;
    gtag("consent", "update", now);
  };
}

const states = (granted: (type: string) => boolean) =>
  Object.fromEntries(TYPES.map((type) => [type, granted(type) ? "granted" : "denied"]));

/** Google's tags take only an Arguments object for a command; an array would be an ordinary entry. */
function gtag(..._command: unknown[]): void {
  const page = window as { dataLayer?: { push(entry: unknown): unknown } };
  if (typeof page.dataLayer?.push !== "function") page.dataLayer = [];
  page.dataLayer.push(arguments);
}
