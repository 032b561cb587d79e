/** The texts and rules for this visitor, as the gateway serves them. Anything unexpected in it means: no notice. */

import type { Config } from "./config";

export interface Recipient {
  readonly name: string;
  readonly country: string;
  readonly safeguard: string;
}

export interface DeclaredCookie {
  readonly name: string;
  readonly kind: string;
  readonly life: string;
  readonly description: string;
  readonly provider: string;
}

export interface NoticePurpose {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly regime: string;
  readonly legal_basis: string;
  readonly sale: boolean;
  readonly retention: string;
  readonly recipients: readonly Recipient[];
  readonly cookies: readonly DeclaredCookie[];
}

export interface Notice {
  readonly policy: string;
  /** Fingerprint of exactly these texts, kept with the answer as proof of what was shown. */
  readonly notice: string;
  readonly language: string;
  readonly jurisdiction: string;
  readonly ask: boolean;
  readonly measure: "now" | "after_choice" | "never";
  readonly do_not_sell: boolean;
  readonly objected: boolean;
  readonly opted_out: boolean;
  readonly controller: { readonly name: string; readonly email: string };
  readonly recipients: number;
  readonly site_name: string;
  readonly purposes: readonly NoticePurpose[];
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly links: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds after which a silent gateway counts as an unreachable one. */
const TIMEOUT = 6000;

/** Texts without which there is no fair question; a notice that lacks one is not shown. */
const NEEDED = ["title", "body", "accept_all", "reject_all", "choose", "save", "privacy_choices", "failed"];

/** Null where the gateway is down, slow, or answers nonsense. Never throws. */
export async function fetchNotice(config: Config): Promise<Notice | null> {
  const language = document.documentElement.lang || navigator.language || "";
  const url = `${config.origin}/v1/sites/${config.site}/notice?language=${encodeURIComponent(language)}`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const answer = await fetch(url, { credentials: "include", signal: abort.signal });
    return answer.ok ? parseNotice(await answer.json(), config.site) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

export function parseNotice(given: unknown, site: number): Notice | null {
  if (!isRecord(given) || given.site !== site) return null;
  const { purposes, texts, links, controller, policy, measure } = given;
  const sound =
    typeof policy === "string" &&
    policy !== "" &&
    typeof given.notice === "string" &&
    typeof given.language === "string" &&
    typeof given.jurisdiction === "string" &&
    ["ask", "do_not_sell", "objected", "opted_out"].every((key) => typeof given[key] === "boolean") &&
    (measure === "now" || measure === "after_choice" || measure === "never") &&
    isRecord(controller) &&
    typeof controller.name === "string" &&
    isRecord(links) &&
    isRecord(texts) &&
    NEEDED.every((key) => typeof texts[key] === "string" && texts[key] !== "") &&
    Array.isArray(purposes) &&
    purposes.every(isPurpose);
  return sound ? (given as unknown as Notice) : null;
}

function isPurpose(given: unknown): boolean {
  return (
    isRecord(given) &&
    ["id", "name", "description", "regime", "legal_basis", "retention"].every((key) => typeof given[key] === "string") &&
    typeof given.required === "boolean" &&
    typeof given.sale === "boolean" &&
    Array.isArray(given.recipients) &&
    given.recipients.every(isRecord) &&
    Array.isArray(given.cookies) &&
    given.cookies.every(isRecord)
  );
}

function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
