/** What the visitor answered, as the cookie `gw_choice_{site}` holds it. Pages read it; only the server verifies it. */

type Answers = ReadonlyMap<string, boolean>;

export interface Choice {
  readonly purposes: Answers;
  /** Answers to finer units; where there is none, the purpose's counts. */
  readonly services: Answers;
  /** Fingerprint of the policy that was answered to. */
  readonly policy: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** The newest of several cookies' choices; of two given at the same second the one that allows less. Null where none is. */
export function newestChoice(values: readonly string[]): Choice | null {
  const allowed = (choice: Choice) => [...choice.purposes.values(), ...choice.services.values()].filter(Boolean).length;
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
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const { p, s, f, e } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const read = (flag: unknown) => (flag === 1 ? true : flag === 0 ? false : undefined);
    const purposes = answersIn(p, read);
    const services = answersIn(s ?? {}, read);
    if (!purposes || !services || typeof f !== "string" || typeof e !== "number" || !(e * 1000 > Date.now())) return null;
    return { purposes, services, policy: f, expires: e * 1000 };
  } catch {
    return null;
  }
}

/** Null where anything in it is not an answer: half a choice opens nothing. */
export function answersIn(given: unknown, read: (flag: unknown) => boolean | undefined): Answers | null {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
  const found = new Map<string, boolean>();
  for (const [name, flag] of Object.entries(given)) {
    const answer = read(flag);
    if (answer === undefined) return null;
    found.set(name, answer);
  }
  return found;
}
