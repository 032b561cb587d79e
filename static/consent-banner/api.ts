/** `window.gateway` and the events on `document`: what a website's own code talks to. Types: gateway.d.ts. */

import type { Answers } from "./answers";
import type { Gateway, GatewayCall, GatewayChange } from "./gateway";
import type { Standing } from "./standing";
import type { Tracker } from "./tracker/tracker";

export interface Api {
  readonly gateway: Gateway;
  /** Tells listeners and those who wait. */
  changed(): void;
  /** Makes the calls that were queued before. */
  drain(): void;
}

export function createApi(
  standing: Standing,
  answers: Answers,
  tracker: Tracker,
  showPreferences: (purpose?: string) => Promise<boolean>,
): Api {
  const listeners = new Set<(change: GatewayChange) => void>();
  let waiting: { readonly purpose: string; readonly resolve: () => void }[] = [];

  const call = (queued: GatewayCall): void => {
    guarded(() => {
      if (typeof queued === "function") queued(gateway);
      else {
        const [name, ...values] = queued;
        const method: unknown = gateway[name as keyof Gateway];
        if (typeof method === "function") (method as (...given: unknown[]) => unknown)(...values);
      }
    });
  };

  const gateway: Gateway = Object.freeze({
    consent: standing.allowed,
    answer: standing.answer,
    onChange(listener: (change: GatewayChange) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    whenAllowed(purpose: string, callback?: () => void) {
      const allowed = standing.allowed(purpose)
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ purpose, resolve }));
      if (callback) void allowed.then(() => guarded(callback));
      return allowed;
    },
    showPreferences,
    acceptAll: () => answers.acceptAll("api"),
    rejectAll: () => answers.rejectAll("api"),
    choose: (purposes: Readonly<Record<string, boolean>>) => answers.choose(purposes, "api"),
    withdraw: answers.withdraw,
    track: tracker.track,
    q: Object.freeze({ push: (...calls: GatewayCall[]) => calls.forEach(call) }),
  });

  const stub: unknown = window.gateway;
  const early: unknown = typeof stub === "object" && stub !== null && "q" in stub ? stub.q : null;
  window.gateway = gateway;

  return {
    gateway,
    changed() {
      const change = describe(standing);
      const ready = waiting.filter(({ purpose }) => standing.allowed(purpose));
      waiting = waiting.filter((entry) => !ready.includes(entry));
      for (const { resolve } of ready) resolve();
      for (const listener of [...listeners]) guarded(() => listener(change));
    },
    drain() {
      if (Array.isArray(early)) for (const queued of early as GatewayCall[]) call(queued);
    },
  };
}

export function describe(standing: Standing): GatewayChange {
  return Object.freeze({ purposes: Object.freeze(standing.answers()), answered: standing.answered() });
}

export function announce(name: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(`gateway:${name}`, { detail }));
}

/** A mistake in the page's code is reported as the page's, and does not stop ours. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
