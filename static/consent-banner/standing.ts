/**
 * What may run for this visitor now: the choice, the current policy and the notice brought together.
 * The one place in the browser that decides; gates, measurement, signals, dialogs and the API all ask it.
 */

import { type Answers, type Choice, newestChoice } from "./choice";
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
  /** Global Privacy Control, as the browser tells this page or the gateway. */
  gpc(): boolean;
  /** May the US laws on sale apply: to US visitors, and to whoever's country is not known, or not yet? */
  saleLaw(): boolean;
  purposes(): readonly ConfiguredPurpose[];
  answers(): Record<string, boolean>;
  services(): Record<string, boolean>;
  policy(): string;
  /** The notice, once it is known. */
  notice(): Notice | null;
  setNotice(notice: Notice): void;
  setChoice(choice: Choice): void;
  /**
   * Takes these purposes and services away until an answer is recorded, whatever becomes of the request that says so.
   * Everything where none are named.
   */
  deny(purposes?: readonly string[], services?: readonly string[]): void;
  /** Looks again at cookies and signal (another tab may have answered or objected); true where they have changed. */
  refresh(): boolean;
}

export function createStanding(config: Config): Standing {
  const { site, preview, minor, data } = config;
  /** A preview reads nothing from the device. */
  const read = (kind: string) => (preview ? [] : cookies(`gw_${kind}_${site}`));
  /** All that may change behind this page's back, read at one time, so that whoever asks is told the same. */
  const look = () => ({
    // After a change of the cookies' domain a browser may hold two of them.
    choices: read("choice"),
    // Whosever they are: this browser's own, or those of a customer who was logged in here.
    objected: !!read("objection")[0],
    optedOut: !!read("optout")[0],
    gpc: !preview && (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl === true,
  });
  const newest = () => newestChoice(seen.choices);
  let seen = look();
  // Where a customer is logged in, only the gateway knows which answer is the most recent one (RULES.md E13).
  let choice = data.subjectToken ? null : newest();
  let notice: Notice | null = null;
  let policy = config.policy;

  /** The choice until its time is over. */
  const kept = () => (choice && choice.expires > Date.now() ? choice : null);
  const current = () => kept()?.policy === policy;
  const said = (purpose: string, service = ""): boolean | undefined =>
    kept()?.services.get(service) ?? kept()?.purposes.get(purpose);

  const purposes = (): readonly (ConfiguredPurpose & { readonly regime?: string })[] => notice?.purposes ?? config.purposes;
  const optional = () => purposes().filter(({ required }) => !required);
  const declared = (purpose: string) => purposes().find(({ id }) => id === purpose);
  const mayBeSold = () =>
    optional().length === 0 || optional().some(({ sale, services }) => sale || services?.some((unit) => unit.sale));
  // A browser may tell only one of the two: each counts.
  const signal = () => seen.gpc || notice?.gpc === true;
  const inUs = () => notice?.jurisdiction.startsWith("US") === true;
  const saleLaw = () => !notice?.jurisdiction || inUs();
  /** Outside the US the signal objects to what runs without a yes; where the gateway heard it, `measure` has that in. */
  const objects = () => signal() && notice !== null && !inUs() && !(notice.gpc && notice.measure === "now");

  /** A yes counts under the policy it was given to; a no is never outdated by an edit of the site's. */
  const answer = (purpose: string, service?: string) => (current() ? said(purpose, service) : undefined);

  /** A signal against it stands: objection, opt-out of sale, Global Privacy Control (RULES.md C2, C3, C6). */
  function signalled(purpose: string, service?: string): boolean {
    const yes = answer(purpose, service) === true;
    if (purpose === ANALYTICS && (seen.objected || (notice?.objected === true && !yes))) return true;
    const of = declared(purpose);
    if (of && !of.sale && !of.services?.some(({ id, sale }) => id === service && sale)) return false;
    // Only the gateway knows of a signal that came as a header, and of an opt-out on another device.
    if (notice === null || seen.optedOut || (notice.opted_out && !notice.opted_out_by_signal)) return true;
    return signal() && (saleLaw() || !yes);
  }

  /** `unasked`: does the law let it run without an answer? */
  const may = (purpose: string, service: string | undefined, unasked: boolean) =>
    !(preview || minor || signalled(purpose, service)) &&
    (answer(purpose, service) ?? (unasked && said(purpose, service) !== false && !objects()));

  /** The measurement exemption covers the site's own measurement, not scripts of others: their gate stays shut. */
  const allowed = (purpose: string, service?: string) => {
    const { required = purpose === "necessary", regime = "" } = declared(purpose) ?? {};
    return required || may(purpose, service, ["opt_out", "objection"].includes(regime));
  };

  const answered = () => current() && optional().every(({ id }) => kept()?.purposes.has(id));

  return {
    allowed,
    answer,
    answered,
    purposes,
    needsNotice: () =>
      // An objection and an opt-out are renewed by the server at each visit, so each visit asks it; what is sold waits for it.
      !answered() || seen.objected || seen.optedOut || signal() || mayBeSold(),
    measures: () => config.track && may(ANALYTICS, "", notice?.measure === "now"),
    optedOut: () => minor || seen.optedOut || signal() || notice?.opted_out === true,
    gpc: signal,
    saleLaw,
    answers: () =>
      Object.fromEntries(
        optional().flatMap(({ id }) => {
          const yes = answer(id);
          return yes === undefined ? [] : [[id, yes]];
        }),
      ),
    services: () => Object.fromEntries((current() && kept()?.services) || []),
    policy: () => policy,
    notice: () => notice,
    setNotice(given) {
      notice = given;
      // The script may have come from a cache that is minutes old; the notice never does.
      policy = given.policy;
      if (given.account) choice = newestChoice(given.account.stands ?? seen.choices);
    },
    setChoice(given) {
      seen = look();
      choice = given;
    },
    deny(purposes = ids(optional()), services = ids(optional().flatMap((purpose) => purpose.services ?? []))) {
      const before: Choice = kept() ?? { policy: "", expires: Infinity, purposes: new Map(), services: new Map() };
      choice = { ...before, purposes: without(before.purposes, purposes), services: without(before.services, services) };
    },
    refresh() {
      const before = seen;
      seen = look();
      if (String(seen.choices) !== String(before.choices)) choice = newest();
      return JSON.stringify(seen) !== JSON.stringify(before);
    },
  };
}

const without = (answers: Answers, refused: readonly string[]): Answers =>
  new Map([...answers, ...refused.map((id) => [id, false] as const)]);

const ids = (units: readonly { readonly id: string }[]) => units.map(({ id }) => id);
