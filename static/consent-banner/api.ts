/** `window.gateway` and the events on `document`: what a website's own code talks to. Types: gateway.d.ts. */

import type { Answered, Dialogs } from "./dialogs";
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
  dialogs: () => Promise<Dialogs | null>,
  apply: () => void,
  tracker: Tracker,
): Api {
  const listeners = new Set<(change: GatewayChange) => void>();
  let waiting: { readonly purpose: string; readonly service: string | undefined; readonly resolve: () => void }[] = [];

  async function ask(work: (dialogs: Dialogs) => Promise<boolean>): Promise<boolean> {
    const loaded = await dialogs();
    if (!loaded) announce("failed", { what: "dialogs" });
    return loaded !== null && work(loaded);
  }

  /** A no takes effect before anything has been loaded or recorded. */
  function denied(work: (dialogs: Dialogs) => Promise<boolean>): Promise<boolean> {
    standing.deny(...everything(standing));
    apply();
    return ask(work);
  }

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
    whenAllowed(purpose: string, given?: string | (() => void), then?: () => void) {
      const [service, callback] = typeof given === "string" ? [given, then] : [undefined, given];
      const allowed = standing.allowed(purpose, service)
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ purpose, service, resolve }));
      if (callback) void allowed.then(() => guarded(callback));
      return allowed;
    },
    showPreferences: (purpose?: string) => ask((shown) => shown.showPreferences(purpose)),
    acceptAll: () => ask((shown) => shown.acceptAll("api")),
    rejectAll: () => denied((shown) => shown.rejectAll("api")),
    choose: (purposes: Answered, services: Answered = {}) => ask((shown) => shown.choose(purposes, services, "api")),
    withdraw: () => denied((shown) => shown.withdraw()),
    receipt: async () => (await dialogs())?.receipt() ?? null,
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
      const ready = waiting.filter(({ purpose, service }) => standing.allowed(purpose, service));
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
  return Object.freeze({
    purposes: Object.freeze(standing.answers()),
    services: Object.freeze(standing.services()),
    answered: standing.answered(),
  });
}

/** Every optional purpose, and every service of one. */
function everything(standing: Standing): [purposes: string[], services: string[]] {
  const optional = standing.purposes().filter(({ required }) => !required);
  return [optional.map(({ id }) => id), optional.flatMap(({ services = [] }) => services.map(({ id }) => id))];
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
