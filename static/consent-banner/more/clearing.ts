/**
 * Takes away what purposes that were turned off have left on this device: their declared cookies and storage keys.
 * What no script can reach (HttpOnly) is expired by the gateway, which judges by the same rule.
 */

import type { Page } from "../dialogs";
import type { GatewayCleared } from "../gateway";
import type { NoticePurpose } from "../notice";
import { type Kind, KINDS, namesOf, remove } from "./stored";

/** The gateway's own, which the server sets and ends. */
const OWN = "gw_*";

/** `had`: the purposes that were allowed on this page; those dealt with are taken off. */
export function createClearing({ standing, notice, announce }: Page): (had: Set<string>) => Promise<void> {
  let told = "";

  /** What a purpose left may serve any of its services: it stays while one of them is allowed. */
  const runs = ({ id, services }: NoticePurpose) =>
    standing.allowed(id) || (services ?? []).some((unit) => standing.allowed(id, unit.id));
  /** Nobody's answer is no answer; but where the law lets it run without one and it does not, an objection stands. */
  const isOff = (purpose: NoticePurpose) =>
    !runs(purpose) && (standing.answer(purpose.id) !== undefined || /^(opt_out|objection)$/.test(purpose.regime));

  return async (had) => {
    const given = await notice();
    if (!given) return;
    const off = given.purposes.filter(isOff);
    const kept = given.purposes.filter((purpose) => !off.includes(purpose));
    const removed: string[] = [];
    const left: string[] = [];
    for (const kind of KINDS) {
      const [going, staying] = [declared(off, kind), [OWN, ...declared(kept, kind)]];
      const names = namesOf(kind).filter((name) => matches(name, going) && !matches(name, staying));
      for (const name of names) remove(kind, name);
      const still = namesOf(kind);
      for (const name of names) (still.includes(name) ? left : removed).push(name);
    }
    // What had run may have written for other paths and hosts, where this page can neither see nor clear it.
    const ran = off.filter(({ id }) => had.delete(id));
    const found = [...removed, ...left];
    const unseen = declared(ran, "cookie").filter(
      (pattern) => !matches(pattern, [OWN]) && !found.some((name) => matches(name, [pattern])),
    );
    const detail: GatewayCleared = { removed, left, unseen };
    const news = JSON.stringify(detail);
    if (found.length + unseen.length > 0 && news !== told) announce("cleared", detail);
    told = news;
  };
}

function declared(purposes: readonly NoticePurpose[], kind: Kind): string[] {
  return purposes.flatMap(({ cookies }) => cookies.filter((cookie) => cookie.kind === kind).map(({ name }) => name));
}

/** Is the name among the patterns, each an exact name or a beginning with * at its end? */
const matches = (name: string, patterns: readonly string[]) =>
  patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
