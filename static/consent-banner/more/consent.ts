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
  { site, origin, minor, data, chunks }: Config,
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
    // The part that drew what was answered: its address is its hash.
    script: chunks[surface === "banner" ? "ui" : "more"]?.src.match(/[0-9a-f]{16}/)?.[0],
    ...(minor && { minor }),
    subject: data.subjectToken,
  });
  const headers = { "Content-Type": "application/json" };
  return choiceOf(await ask(`${origin}/v1/consent`, { method: "POST", headers, body }), notice.policy);
}

/** True once the gateway has taken every yes back. */
export async function withdraw(config: Config): Promise<boolean> {
  return (await ask(choiceAt(config), { method: "DELETE" })) !== null;
}

/** What the gateway holds of this browser; null where it cannot be had. */
export async function held(config: Config): Promise<unknown> {
  return ask(choiceAt(config), {});
}

const choiceAt = (config: Config) => `${config.origin}/v1/consent?site=${config.site}${whose(config)}`;

/** A part of a query: which customer is logged in, "" where nobody is. */
export const whose = ({ data: { subjectToken } }: Config): string =>
  subjectToken ? `&subject=${encodeURIComponent(subjectToken)}` : "";

/** The choice in an answer of the gateway, null where it is not one. */
export function choiceOf(answer: unknown, policy: string): Choice | null {
  try {
    const { purposes, services, expires } = answer as Record<string, unknown>;
    return {
      purposes: answersIn(purposes, [false, true]),
      services: answersIn(services ?? {}, [false, true]),
      policy,
      // Without a readable end it lasts as long as this page: the cookie holds the real one.
      expires: Date.parse(String(expires)) || Infinity,
    };
  } catch {
    return null;
  }
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
