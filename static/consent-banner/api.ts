/** `window.gateway` and the events on `document`: what a website's own code talks to. Types: gateway.d.ts. */

import type { Answering, Dialogs } from "./dialogs";
import type { Gateway, GatewayCall, GatewayChange } from "./gateway";
import type { Standing } from "./standing";

export interface Api {
  /** Tells listeners and those who wait. */
  changed(): void;
  /** Makes the calls that were queued before. */
  drain(): void;
}

export function createApi(
  standing: Standing,
  dialogs: () => Promise<Dialogs | null>,
  deny: () => void,
  track: Gateway["track"],
): Api {
  const listeners = new Set<(change: GatewayChange) => void>();

  const ask =
    (name: keyof Answering, otherwise: false | null = false) =>
    async (...values: unknown[]): Promise<unknown> =>
      (await dialogs())?.[name](...(values as [never, never])) ?? otherwise;
  /** A no takes effect before anything has been loaded or recorded. */
  const denied = (name: "rejectAll" | "withdraw") => () => {
    deny();
    return ask(name)();
  };

  const call = (queued: GatewayCall): void =>
    guarded(() => {
      if (typeof queued === "function") return queued(gateway);
      const [name, ...values] = queued;
      (gateway as unknown as Record<string, ((...given: unknown[]) => void) | undefined>)[name]?.(...values);
    });

  const gateway = Object.freeze({
    consent: standing.allowed,
    answer: standing.answer,
    onChange(listener: (change: GatewayChange) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    whenAllowed(purpose: string, finer?: string | (() => void), last?: () => void) {
      const [service, then] = typeof finer === "function" ? [undefined, finer] : [finer, last];
      return new Promise<void>((resolve) => {
        const look = () => {
          if (!standing.allowed(purpose, service)) return;
          listeners.delete(look);
          if (then) guarded(then);
          resolve();
        };
        listeners.add(look);
        look();
      });
    },
    showPreferences: ask("showPreferences"),
    acceptAll: ask("acceptAll"),
    rejectAll: denied("rejectAll"),
    choose: ask("choose"),
    withdraw: denied("withdraw"),
    receipt: ask("receipt", null),
    track,
    q: { push: (...calls: GatewayCall[]) => calls.forEach(call) },
  }) as Gateway;

  const early = (window.gateway as { q?: unknown } | undefined)?.q;
  window.gateway = gateway;

  return {
    changed() {
      const change = describe(standing);
      for (const listener of [...listeners]) guarded(() => listener(change));
    },
    drain() {
      if (Array.isArray(early)) early.forEach(call);
    },
  };
}

export function describe(standing: Standing): GatewayChange {
  return { purposes: standing.answers(), services: standing.services(), answered: standing.answered() };
}

export function announce(name: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(`gateway:${name}`, { detail }));
}

/** A mistake in the page's code is reported as the page's, and does not stop ours. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    reportError(error);
  }
}
