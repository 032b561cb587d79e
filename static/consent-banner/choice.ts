/** What the visitor answered, as the cookie `gw_choice_{site}` holds it. Pages read it; only the server verifies it. */

export type Answers = ReadonlyMap<string, boolean>;

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
  const allowed = ({ purposes, services }: Choice) =>
    [...purposes.values(), ...services.values()].filter(Boolean).length;
  const [newest] = values
    .flatMap((value) => parseChoice(value) ?? [])
    .sort((one, other) => other.expires - one.expires || allowed(one) - allowed(other));
  return newest ?? null;
}

/** The choice in a cookie's value, null where it is absent or malformed. All its names are ASCII. */
function parseChoice(value: string): Choice | null {
  try {
    const payload = atob(value.replace(/\..*/, "").replace(/-/g, "+").replace(/_/g, "/"));
    const { p, s, f, e } = JSON.parse(payload) as Record<string, unknown>;
    if (typeof f !== "string" || typeof e !== "number") return null;
    return { purposes: answersIn(p, [0, 1]), services: answersIn(s ?? {}, [0, 1]), policy: f, expires: e * 1000 };
  } catch {
    return null;
  }
}

/** `flags`: what stands for no and for yes. Throws where anything in it is neither: half a choice opens nothing. */
export const answersIn = (given: unknown, flags: readonly [no: unknown, yes: unknown]): Answers =>
  new Map(
    Object.entries(given as object).map(([name, flag]) => {
      if (!flags.includes(flag)) throw new TypeError(name);
      return [name, flag === flags[1]];
    }),
  );
