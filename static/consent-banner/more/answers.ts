/** The ways to answer, each ending in the same place: recorded by the gateway, read back, then carried out. */

import type { Choice } from "../choice";
import type { ConfiguredPurpose } from "../config";
import type { Answered, Page, Surface } from "../dialogs";
import type { GatewayReceipt } from "../gateway";
import type { Notice } from "../notice";
import { choiceOf, held, type Method, record, withdraw } from "./consent";

export interface Answers {
  acceptAll(surface: Surface): Promise<boolean>;
  rejectAll(surface: Surface): Promise<boolean>;
  /** Answers to the purposes and services named; the others stay as they were answered. */
  choose(purposes: Answered, services: Answered, surface: Surface): Promise<boolean>;
  withdraw(): Promise<boolean>;
  /** Takes over the choice as the gateway sees it, where this page cannot read its cookie (another host of the site). */
  recall(): Promise<void>;
  receipt(): Promise<GatewayReceipt | null>;
}

type Said = readonly [purposes: Answered, services: Answered];

export function createAnswers({ config, standing, notice, deny, recorded, apply, announce }: Page): Answers {
  function carryOut(choice: Choice | null): boolean {
    if (choice) {
      standing.setChoice(choice);
      recorded();
    } else {
      // Perhaps the policy changed while the visitor was reading: the next attempt starts from a fresh notice.
      void notice(true);
      announce("failed", { what: "consent" });
    }
    return choice !== null;
  }

  /** A yes counts only once it is recorded. */
  async function answer(say: (shown: Notice) => Said, method: Method, surface: Surface): Promise<boolean> {
    const shown = await notice();
    if (!shown) return false;
    const said = say(shown);
    return carryOut(config.preview ? choiceFrom(said, shown.policy) : await record(config, shown, ...said, method, surface));
  }

  return {
    acceptAll: (surface) => answer((shown) => all(shown.purposes, true), "accept_all", surface),
    rejectAll(surface) {
      deny();
      return answer((shown) => all(shown.purposes, false), "reject_all", surface);
    },
    choose(purposes, services, surface) {
      // A no to a purpose is one to its services, unless they are named.
      const units = standing.purposes().filter(({ id }) => purposes[id] === false).flatMap((refused) => refused.services ?? []);
      const finer = { ...same(units, false), ...services };
      const refused = (answers: Answered) => Object.keys(answers).filter((id) => answers[id] === false);
      const [no, none] = [refused(purposes), refused(finer)];
      if (no.length + none.length > 0) deny(no, none);
      return answer(
        () => [{ ...standing.answers(), ...purposes }, { ...standing.services(), ...finer }],
        "save",
        surface,
      );
    },
    async withdraw() {
      deny();
      const done = config.preview !== "" || (await withdraw(config));
      return carryOut(done ? choiceFrom(all(standing.purposes(), false), standing.policy()) : null);
    },
    async recall() {
      const choice = config.preview ? null : choiceOf(await held(config), standing.policy());
      if (!choice) return;
      standing.setChoice(choice);
      apply();
    },
    async receipt() {
      const found = config.preview ? null : ((await held(config)) as { receipt?: unknown; expires?: string } | null);
      const choice = choiceOf(found, standing.policy());
      if (!choice || typeof found?.receipt !== "string") return null;
      const [purposes, services] = [Object.fromEntries(choice.purposes), Object.fromEntries(choice.services)];
      return { id: found.receipt, purposes, services, expires: found.expires ?? null };
    },
  };
}

/** One answer to every optional purpose and every service of one. */
function all(purposes: readonly ConfiguredPurpose[], yes: boolean): Said {
  const optional = purposes.filter(({ required }) => !required);
  return [same(optional, yes), same(optional.flatMap(({ services = [] }) => services), yes)];
}

const same = (units: readonly { readonly id: string }[], yes: boolean): Answered =>
  Object.fromEntries(units.map(({ id }) => [id, yes]));

function choiceFrom([purposes, services]: Said, policy: string): Choice {
  const map = (answers: Answered) => new Map(Object.entries(answers));
  return { purposes: map(purposes), services: map(services), policy, expires: Infinity };
}
