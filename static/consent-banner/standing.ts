/**
 * What may run for this visitor now: the choice, the current policy and the notice brought together.
 * The one place in the browser that decides; gates, measurement, dialogs and the API all ask it.
 */

import { type Choice, newestChoice } from "./choice";
import { type Config } from "./config";
import { cookies } from "./cookies";
import type { Notice } from "./notice";

export const ANALYTICS = "analytics";

export interface Standing {
  /** May this purpose run? */
  allowed(purpose: string): boolean;
  /** The visitor's answer under the current policy; undefined where there is none. */
  answer(purpose: string): boolean | undefined;
  /** True when every optional purpose is answered under the current policy. */
  answered(): boolean;
  /** True where the cookie alone does not settle everything and the notice is needed. */
  needsNotice(): boolean;
  /** May hits be sent? */
  measures(): boolean;
  purposes(): { readonly id: string; readonly required: boolean }[];
  answers(): Record<string, boolean>;
  policy(): string;
  setNotice(notice: Notice): void;
  setChoice(choice: Choice): void;
  /** Takes these purposes away for the rest of this page, whatever becomes of the request that says so. */
  deny(purposes: readonly string[]): void;
  /** Reads the cookie again (another tab may have answered); true where it has changed. */
  refresh(): boolean;
}

export function createStanding(config: Config): Standing {
  const name = `gw_choice_${config.site}`;
  // After a change of the cookies' domain a browser may hold two of them.
  const read = () => cookies(name).join(" ");
  let raw = read();
  let choice = newestChoice(raw.split(" "));
  let notice: Notice | null = null;
  let policy = config.policy;
  let denied = new Set<string>();

  const flag = (kind: string) => cookies(`gw_${kind}_${config.site}`).includes("1");
  const said = (purpose: string): boolean | undefined =>
    choice && choice.expires > Date.now() ? choice.purposes.get(purpose) : undefined;

  const declared = (purpose: string) =>
    notice?.purposes.find(({ id }) => id === purpose) ?? config.purposes.find(({ id }) => id === purpose);

  /** A yes counts under the policy it was given to; a no is never outdated by an edit of the site's. */
  function answer(purpose: string): boolean | undefined {
    return choice?.policy === policy ? said(purpose) : undefined;
  }

  /** A signal against it stands: objection, opt-out of sale, Global Privacy Control (RULES.md C2, C3). */
  function signalled(purpose: string): boolean {
    const yes = answer(purpose) === true;
    if (purpose === ANALYTICS && (flag("objection") || (notice?.objected === true && !yes))) return true;
    if (declared(purpose)?.sale === false) return false;
    const signal = globalPrivacyControl();
    if (flag("optout") || (notice?.opted_out && !signal)) return true;
    if (!signal) return false;
    // Until the notice says where the visitor is, the signal wins over the stored choice.
    return notice === null || notice.jurisdiction.startsWith("US") || !yes;
  }

  function allowed(purpose: string): boolean {
    if (isRequired(purpose)) return true;
    if (denied.has(purpose) || signalled(purpose)) return false;
    const answered = answer(purpose);
    if (answered !== undefined) return answered;
    if (said(purpose) === false) return false;
    const regime = notice?.purposes.find(({ id }) => id === purpose)?.regime;
    // The measurement exemption covers the site's own measurement, not scripts of others: their gate stays shut.
    return regime === "opt_out" || regime === "objection";
  }

  const isRequired = (purpose: string) => declared(purpose)?.required ?? purpose === "necessary";
  const purposes = () => [...(notice?.purposes ?? config.purposes)];
  const optional = () => purposes().filter(({ required }) => !required);

  function answered(): boolean {
    const asked = optional();
    return asked.length > 0
      ? asked.every(({ id }) => answer(id) !== undefined)
      : choice !== null && choice.policy === policy && choice.expires > Date.now();
  }

  return {
    allowed,
    answer,
    answered,
    purposes,
    needsNotice: () =>
      // An objection and an opt-out are renewed by the server at each visit, so each visit asks it.
      !answered() || flag("objection") || flag("optout") || (globalPrivacyControl() && optional().some(({ id }) => answer(id) && signalled(id))),
    measures() {
      if (!config.track || denied.has(ANALYTICS) || signalled(ANALYTICS)) return false;
      const answered = answer(ANALYTICS);
      if (answered !== undefined) return answered;
      return said(ANALYTICS) !== false && notice?.measure === "now";
    },
    answers: () =>
      Object.fromEntries(
        optional().flatMap(({ id }) => {
          const answered = answer(id);
          return answered === undefined ? [] : [[id, answered] as const];
        }),
      ),
    policy: () => policy,
    setNotice(given) {
      notice = given;
      // The script may have come from a cache that is minutes old; the notice never does.
      policy = given.policy;
    },
    setChoice(given) {
      raw = read();
      choice = given;
      denied = new Set();
    },
    deny(purposes) {
      for (const purpose of purposes) denied.add(purpose);
    },
    refresh() {
      const now = read();
      if (now === raw) return false;
      raw = now;
      choice = newestChoice(now.split(" "));
      denied = new Set();
      return true;
    },
  };
}

function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl === true;
}
