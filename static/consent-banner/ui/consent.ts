/** Records answers with the gateway. What it returns is what the gateway says it recorded, never what was asked. */

import { answersIn, type Choice } from "../choice";
import type { Config } from "../config";
import type { Answered, Surface } from "../dialogs";
import type { Notice } from "../notice";

export type Method = "accept_all" | "reject_all" | "save";

/** Milliseconds. */
const TIMEOUT = 10_000;

/** Null where it could not be recorded. Never throws. */
export async function record(
  { site, origin }: Config,
  notice: Notice,
  purposes: Answered,
  services: Answered,
  method: Method,
  surface: Surface,
): Promise<Choice | null> {
  const body = JSON.stringify({
    site,
    purposes,
    services,
    method,
    fingerprint: notice.policy,
    notice: notice.notice,
    language: notice.language,
    surface,
  });
  const headers = { "Content-Type": "application/json" };
  return choiceOf(await ask(`${origin}/v1/consent`, { method: "POST", headers, body }), notice.policy);
}

/** True once the gateway has taken every yes back. */
export async function withdraw({ site, origin }: Config): Promise<boolean> {
  return (await ask(`${origin}/v1/consent?site=${site}`, { method: "DELETE" })) !== null;
}

/** What the gateway holds of this browser; null where it cannot be had. */
export async function held({ site, origin }: Config): Promise<unknown> {
  return ask(`${origin}/v1/consent?site=${site}`, {});
}

/** The choice in an answer of the gateway, null where it is not one. */
export function choiceOf(answer: unknown, policy: string): Choice | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { purposes: given, services: finer, expires: text } = answer as Record<string, unknown>;
  const read = (flag: unknown) => (typeof flag === "boolean" ? flag : undefined);
  const purposes = answersIn(given, read);
  const services = answersIn(finer ?? {}, read);
  const expires = typeof text === "string" ? Date.parse(text) : NaN;
  // Without a readable end it lasts as long as this page: the cookie holds the real one.
  return purposes && services && { purposes, services, policy, expires: Number.isNaN(expires) ? Infinity : expires };
}

/** The gateway's answer as JSON; null where there is none, or an error. Never throws. */
export async function ask(url: string, request: RequestInit): Promise<unknown> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const answer = await fetch(url, { ...request, credentials: "include", signal: abort.signal });
    return answer.ok ? ((await answer.json()) as unknown) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
