/** Records answers with the gateway. What it returns is what the gateway says it recorded, never what was asked. */

import { type Choice, choiceOf } from "./choice";
import type { Config } from "./config";
import type { Notice } from "./notice";

export type Method = "accept_all" | "reject_all" | "save";
export type Surface = "banner" | "preferences" | "api";

/** Milliseconds. */
const TIMEOUT = 10_000;

/** Null where it could not be recorded. Never throws. */
export async function record(
  config: Config,
  notice: Notice,
  purposes: Readonly<Record<string, boolean>>,
  method: Method,
  surface: Surface,
): Promise<Choice | null> {
  const body = JSON.stringify({
    site: config.site,
    purposes,
    services: {},
    method,
    fingerprint: notice.policy,
    notice: notice.notice,
    language: notice.language,
    surface,
  });
  const answer = await ask(config, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  return choiceOf(answer, notice.policy);
}

/** True once the gateway has taken every yes back. */
export async function withdraw(config: Config): Promise<boolean> {
  return (await ask(config, { method: "DELETE" }, `?site=${config.site}`)) !== null;
}

/** The choice as the gateway sees it, for pages that cannot read its cookie (another host of the same site). */
export async function recall(config: Config, policy: string): Promise<Choice | null> {
  return choiceOf(await ask(config, {}, `?site=${config.site}`), policy);
}

async function ask(config: Config, request: RequestInit, query = ""): Promise<unknown> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const answer = await fetch(`${config.origin}/v1/consent${query}`, {
      ...request,
      credentials: "include",
      signal: abort.signal,
    });
    return answer.ok ? ((await answer.json()) as unknown) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
