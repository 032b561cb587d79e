/** The ways to answer, each ending in the same place: recorded by the gateway, read back, then carried out. */

import { fetchNotice, type Notice } from "./notice";
import type { Config } from "./config";
import { type Method, record, type Surface, withdraw } from "./consent";
import type { Standing } from "./standing";

export interface Answers {
  /** The current notice; fetched once, again after a failure. Null where the gateway cannot give one. */
  notice(): Promise<Notice | null>;
  acceptAll(surface: Surface): Promise<boolean>;
  rejectAll(surface: Surface): Promise<boolean>;
  /** Answers to the purposes named; the others stay as they were answered. */
  choose(purposes: Readonly<Record<string, boolean>>, surface: Surface): Promise<boolean>;
  withdraw(): Promise<boolean>;
}

export interface Listeners {
  /** What stands has changed. */
  changed(): void;
  /** It has changed and the gateway has recorded it: the page may be loaded again. */
  recorded(): void;
  failed(what: "notice" | "consent"): void;
}

export function createAnswers(
  config: Config,
  standing: Standing,
  on: Listeners,
): Answers {
  let pending: Promise<Notice | null> | null = null;

  async function notice(): Promise<Notice | null> {
    pending ??= fetchNotice(config);
    const found = await pending;
    if (found) standing.setNotice(found);
    else {
      pending = null;
      on.failed("notice");
    }
    return found;
  }

  const all = (shown: Notice, answer: boolean) =>
    Object.fromEntries(shown.purposes.filter(({ required }) => !required).map(({ id }) => [id, answer]));

  /** A no takes effect before the gateway has heard of it; a yes only once it is recorded. */
  function deny(purposes: Readonly<Record<string, boolean>>): void {
    standing.deny(Object.keys(purposes).filter((id) => purposes[id] === false));
    on.changed();
  }

  async function answer(
    say: (shown: Notice) => Readonly<Record<string, boolean>>,
    method: Method,
    surface: Surface,
  ): Promise<boolean> {
    const shown = await notice();
    if (!shown) return false;
    const purposes = say(shown);
    deny(purposes);
    const choice = await record(config, shown, purposes, method, surface);
    if (choice) {
      standing.setChoice(choice);
      on.recorded();
    } else {
      // Perhaps the policy changed while the visitor was reading: the next attempt starts from a fresh notice.
      pending = null;
      on.failed("consent");
    }
    return choice !== null;
  }

  return {
    notice,
    acceptAll: (surface) => answer((shown) => all(shown, true), "accept_all", surface),
    rejectAll: (surface) => answer((shown) => all(shown, false), "reject_all", surface),
    choose: (purposes, surface) => answer(() => ({ ...standing.answers(), ...purposes }), "save", surface),
    async withdraw() {
      const purposes = Object.fromEntries(
        standing.purposes().flatMap(({ id, required }) => (required ? [] : [[id, false] as const])),
      );
      deny(purposes);
      const done = await withdraw(config);
      if (done) {
        standing.setChoice({ purposes: new Map(Object.entries(purposes)), policy: standing.policy(), expires: Infinity });
        on.recorded();
      } else on.failed("consent");
      return done;
    },
  };
}
