/**
 * Takes away what a purpose has left on this device once it may no longer run: its declared cookies and storage keys.
 *
 * Only where that was decided: a no, a withdrawal, an opt-out, an objection, Global Privacy Control. A choice that lapsed and
 * a policy that changed decide nothing: the visitor is asked again, and a yes finds things as they were.
 * What no script can reach (HttpOnly) is expired by the gateway, which judges by the same rule.
 */

import type { Page } from "../dialogs";
import type { GatewayCleared } from "../gateway";
import type { NoticePurpose } from "../notice";
import { type Kind, KINDS, namesOf, remove } from "./stored";

/** The gateway's own, which the server sets and ends. */
const OWN = "gw_*";

export function startClearing({ config, standing, notice, announce }: Page): void {
  if (config.preview) return;
  /** Purposes that were allowed on this page. */
  const had = new Set<string>();
  let told = "";

  /** What a purpose left may serve any of its services: it stays while one of them is allowed. */
  const runs = ({ id, services }: NoticePurpose) =>
    standing.allowed(id) || (services ?? []).some((unit) => standing.allowed(id, unit.id));
  /** Where the law lets it run without an answer and it does not, an objection or a signal stands. */
  const isOff = (purpose: NoticePurpose) =>
    !runs(purpose) && (standing.answer(purpose.id) !== undefined || /^(opt_out|objection)$/.test(purpose.regime));
  const refused = () => standing.purposes().some(({ id }) => standing.answer(id) === false);

  async function clear(): Promise<void> {
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
    const unseen = declared(off.filter(({ id }) => had.delete(id)), "cookie").filter(
      (pattern) => ![...removed, ...left].some((name) => matches(name, [pattern])),
    );
    const detail: GatewayCleared = { removed, left, unseen };
    const news = JSON.stringify(detail);
    if (removed.length + left.length + unseen.length > 0 && news !== told) announce("cleared", detail);
    told = news;
  }

  function look(): void {
    for (const { id } of standing.purposes()) if (standing.allowed(id)) had.add(id);
    if (refused() || [...had].some((id) => !standing.allowed(id))) void clear();
  }

  for (const { id } of standing.purposes()) if (standing.allowed(id)) had.add(id);
  document.addEventListener("gateway:change", look);
  // An opt-out given elsewhere, or a signal, stands when the page starts; the notice is on its way then. After a withdrawal
  // the page is loaded anew: what its scripts wrote on their way out goes now.
  if (standing.needsNotice() || (refused() && isReload())) void clear();
}

function declared(purposes: readonly NoticePurpose[], kind: Kind): string[] {
  const all = purposes.flatMap(({ cookies }) => (Array.isArray(cookies) ? cookies : []));
  return all.filter((cookie) => cookie.kind === kind).map(({ name }) => name);
}

/** Is the name among the patterns, each an exact name or a beginning with * at its end? */
const matches = (name: string, patterns: readonly string[]) =>
  patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));

function isReload(): boolean {
  const [navigation] = performance.getEntriesByType("navigation");
  return (navigation as PerformanceNavigationTiming | undefined)?.type === "reload";
}
