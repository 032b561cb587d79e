/** What the visitor answered, as the cookie `gw_choice_{site}` holds it. Pages read it; only the server verifies it. */

export interface Choice {
  readonly purposes: ReadonlyMap<string, boolean>;
  /** Fingerprint of the policy that was answered to. */
  readonly policy: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** The newest of several cookies' choices; of two given at the same second the one that allows less. Null where none is. */
export function newestChoice(values: readonly string[]): Choice | null {
  const allowed = (choice: Choice) => [...choice.purposes.values()].filter(Boolean).length;
  return values.map(parseChoice).reduce((best, next) => {
    if (!best || !next) return best ?? next;
    if (best.expires !== next.expires) return best.expires > next.expires ? best : next;
    return allowed(best) <= allowed(next) ? best : next;
  }, null);
}

/** The choice in a cookie's value, null where it is absent, malformed or past its time. */
function parseChoice(value: string): Choice | null {
  try {
    const payload = value.split(".", 1)[0] ?? "";
    if (!payload) return null;
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { p, f, e } = read as { p: unknown; f: unknown; e: unknown };
    const purposes = answers(p, (flag) => (flag === 1 ? true : flag === 0 ? false : undefined));
    if (!purposes || typeof f !== "string" || typeof e !== "number" || !(e * 1000 > Date.now())) return null;
    return { purposes, policy: f, expires: e * 1000 };
  } catch {
    return null;
  }
}

/** The choice in an answer of the gateway, null where it is not one. */
export function choiceOf(answer: unknown, policy: string): Choice | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { purposes: given, expires: text } = answer as { purposes?: unknown; expires?: unknown };
  const purposes = answers(given, (flag) => (typeof flag === "boolean" ? flag : undefined));
  const expires = typeof text === "string" ? Date.parse(text) : NaN;
  // Without a readable end it lasts as long as this page: the cookie holds the real one.
  return purposes && { purposes, policy, expires: Number.isNaN(expires) ? Infinity : expires };
}

/** Null where anything in it is not an answer: half a choice opens nothing. */
function answers(given: unknown, read: (flag: unknown) => boolean | undefined): Map<string, boolean> | null {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
  const found = new Map<string, boolean>();
  for (const [purpose, flag] of Object.entries(given)) {
    const answer = read(flag);
    if (answer === undefined) return null;
    found.set(purpose, answer);
  }
  return found;
}
