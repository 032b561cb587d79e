/**
 * What may run for this visitor now: the choice, the current policy and the notice brought together.
 * The one place in the browser that decides; gates, measurement, signals, dialogs and the API all ask it.
 */

import { type Choice, newestChoice } from "./choice";
import type { Config, ConfiguredPurpose } from "./config";
import { cookies } from "./cookies";
import type { Notice } from "./notice";

export const ANALYTICS = "analytics";

export interface Standing {
  /** May this purpose run, or this finer unit of it? */
  allowed(purpose: string, service?: string): boolean;
  /** The visitor's answer under the current policy; undefined where there is none. */
  answer(purpose: string, service?: string): boolean | undefined;
  /** True when every optional purpose is answered under the current policy. */
  answered(): boolean;
  /** True where the cookie alone does not settle everything and the notice is needed. */
  needsNotice(): boolean;
  /** May hits be sent? */
  measures(): boolean;
  /** Does an opt-out of sale stand, by cookie, by signal, or as the gateway sees it? (RULES.md C2, C3) */
  optedOut(): boolean;
  purposes(): readonly ConfiguredPurpose[];
  answers(): Record<string, boolean>;
  services(): Record<string, boolean>;
  policy(): string;
  /** The notice, once it is known. */
  notice(): Notice | null;
  setNotice(notice: Notice): void;
  setChoice(choice: Choice): void;
  /** Takes these purposes and services away for the rest of this page, whatever becomes of the request that says so. */
  deny(purposes: readonly string[], services?: readonly string[]): void;
  /** Reads the cookie again (another tab may have answered); true where it has changed. */
  refresh(): boolean;
}

export function createStanding(config: Config): Standing {
  const { site, preview } = config;
  // After a change of the cookies' domain a browser may hold two of them.
  const read = () => cookies(`gw_choice_${site}`).join(" ");
  const newest = () => (preview ? null : newestChoice(raw.split(" ")));
  let raw = read();
  let choice = newest();
  let notice: Notice | null = null;
  let policy = config.policy;
  let denied = new Set<string>();

  const flag = (kind: string) => !preview && cookies(`gw_${kind}_${site}`).includes("1");
  const said = (purpose: string, service = ""): boolean | undefined =>
    choice && choice.expires > Date.now() ? (choice.services.get(service) ?? choice.purposes.get(purpose)) : undefined;

  const purposes = (): readonly ConfiguredPurpose[] => notice?.purposes ?? config.purposes;
  const optional = () => purposes().filter(({ required }) => !required);
  const declared = (purpose: string) => purposes().find(({ id }) => id === purpose);
  const isRequired = (purpose: string) => declared(purpose)?.required ?? purpose === "necessary";
  const signal = () => (preview ? notice?.gpc === true : globalPrivacyControl());

  /** A yes counts under the policy it was given to; a no is never outdated by an edit of the site's. */
  function answer(purpose: string, service?: string): boolean | undefined {
    return choice?.policy === policy ? said(purpose, service) : undefined;
  }

  /** A signal against it stands: objection, opt-out of sale, Global Privacy Control (RULES.md C2, C3). */
  function signalled(purpose: string, service?: string): boolean {
    const yes = answer(purpose, service) === true;
    if (purpose === ANALYTICS && (flag("objection") || (notice?.objected === true && !yes))) return true;
    const of = declared(purpose);
    if (of?.sale === false && !of.services?.some(({ id, sale }) => id === service && sale)) return false;
    if (flag("optout") || (notice?.opted_out && !signal())) return true;
    // Until the notice says where the visitor is, the signal wins over the stored choice.
    return signal() && (notice === null || notice.jurisdiction.startsWith("US") || !yes);
  }

  function allowed(purpose: string, service?: string): boolean {
    if (isRequired(purpose)) return true;
    if (preview || denied.has(purpose) || denied.has(`${purpose} ${service}`) || signalled(purpose, service)) return false;
    const answered = answer(purpose, service);
    if (answered !== undefined) return answered;
    if (said(purpose, service) === false) return false;
    const regime = notice?.purposes.find(({ id }) => id === purpose)?.regime;
    // The measurement exemption covers the site's own measurement, not scripts of others: their gate stays shut.
    return regime === "opt_out" || regime === "objection";
  }

  function answered(): boolean {
    const asked = optional();
    return asked.length > 0
      ? asked.every(({ id }) => answer(id) !== undefined)
      : choice !== null && choice.policy === policy && choice.expires > Date.now();
  }

  const valid = (answers: ReadonlyMap<string, boolean> | undefined) =>
    Object.fromEntries(choice?.policy === policy && choice.expires > Date.now() ? (answers ?? []) : []);

  return {
    allowed,
    answer,
    answered,
    purposes,
    needsNotice: () =>
      // An objection and an opt-out are renewed by the server at each visit, so each visit asks it.
      !answered() || flag("objection") || flag("optout") || signal(),
    measures() {
      if (!config.track || preview || denied.has(ANALYTICS) || signalled(ANALYTICS)) return false;
      const answered = answer(ANALYTICS);
      if (answered !== undefined) return answered;
      return said(ANALYTICS) !== false && notice?.measure === "now";
    },
    optedOut: () => flag("optout") || signal() || notice?.opted_out === true,
    answers: () => {
      const known = valid(choice?.purposes);
      return Object.fromEntries(optional().flatMap(({ id }) => (id in known ? [[id, known[id] === true]] : [])));
    },
    services: () => valid(choice?.services),
    policy: () => policy,
    notice: () => notice,
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
    deny(purposes, services = []) {
      for (const id of purposes) denied.add(id);
      for (const { id, services: units } of optional())
        for (const unit of units ?? []) if (services.includes(unit.id)) denied.add(`${id} ${unit.id}`);
    },
    refresh() {
      const now = read();
      if (now === raw) return false;
      raw = now;
      choice = newest();
      denied = new Set();
      return true;
    },
  };
}

function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl === true;
}
