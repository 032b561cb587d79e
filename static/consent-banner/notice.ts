/** The texts and rules for this visitor, as the gateway serves them. Anything unexpected in the rules means: no notice. */

import type { Config, ConfiguredService } from "./config";

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

export interface NoticeService extends ConfiguredService {
  readonly name: string;
}

export interface NoticePurpose {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly regime: string;
  /** Citation of the rule it runs under, and the ISO date of that text. */
  readonly rule: string;
  readonly dated: string;
  readonly legal_basis: string;
  readonly sale: boolean;
  readonly retention: string;
  readonly recipients: readonly Recipient[];
  readonly services: readonly NoticeService[];
  readonly cookies: readonly DeclaredCookie[];
}

export interface Notice {
  readonly site: number;
  readonly policy: string;
  /** Fingerprint of exactly these texts, kept with the answer as proof of what was shown. */
  readonly notice: string;
  readonly language: string;
  readonly jurisdiction: string;
  /** Which sentence says why these rules apply: the text `why_{why}`. */
  readonly why: string;
  readonly ask: boolean;
  readonly measure: "now" | "after_choice" | "never";
  readonly do_not_sell: boolean;
  readonly gpc: boolean;
  readonly objected: boolean;
  readonly opted_out: boolean;
  readonly opted_out_by_signal: boolean;
  readonly preview: boolean;
  /**
   * Where a customer is logged in: how account and browser met, and what both say together, as a cookie would; no `stands`
   * where the token's time is over.
   */
  readonly account?: {
    readonly state: "empty" | "new_device" | "same" | "conflict" | "expired";
    readonly stands?: readonly string[];
  };
  readonly layout: "bar" | "card" | "dialog" | "inline";
  readonly colours: { readonly light?: Colours; readonly dark?: Colours };
  readonly controller: { readonly name: string; readonly email: string };
  readonly recipients: number;
  readonly site_name: string;
  readonly purposes: readonly NoticePurpose[];
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly links: Readonly<Record<string, string | undefined>>;
}

/** By the names of the custom properties, without `--gateway-`. */
export type Colours = Readonly<Record<string, string>>;

/** Milliseconds after which a silent gateway counts as an unreachable one. */
const TIMEOUT = 6000;

/** Null where the gateway is down, slow, or answers nonsense. Never throws. The texts are checked by who shows them. */
export async function fetchNotice({ site, origin, preview, minor, data }: Config): Promise<Notice | null> {
  const language = document.documentElement.lang || navigator.language;
  // What is empty says nothing.
  const query = new URLSearchParams({ language, preview, minor: minor ? "1" : "", subject: data.subjectToken ?? "" });
  try {
    const url = `${origin}/v1/sites/${site}/notice?${query}`;
    const answer = await fetch(url, { credentials: "include", signal: AbortSignal.timeout(TIMEOUT) });
    const given = answer.ok ? ((await answer.json()) as Notice) : null;
    return given && isSound(given) && given.site === site ? given : null;
  } catch {
    return null;
  }
}

function isSound({ policy, jurisdiction, measure, ask, objected, opted_out, purposes }: Notice): boolean {
  return (
    types(policy, jurisdiction, measure, ask, objected, opted_out) === "sssbbb" &&
    Array.isArray(purposes) &&
    purposes.every(({ id, regime, required, sale }) => types(id, regime, required, sale) === "ssbb")
  );
}

/** The first letters of the types: of what JSON can hold, s is a string and b a boolean. */
const types = (...values: unknown[]): string => values.map((value) => (typeof value)[0]).join("");
