/**
 * IAB Global Privacy Platform, API 1.1 (https://github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform).
 * This part is always there: it answers for visitors whom no US law covers, and for all others keeps the calls until the
 * real one (gpp/gpp.ts) has come, which is loaded when somebody first calls.
 */

import type { Standing } from "../standing";
import { publish, type Reply } from "./frames";

/** By their ids. */
export type Listeners = ReadonlyMap<unknown, Reply>;

/** The real one. */
export interface Platform {
  answer(command: string, reply: Reply, parameter: unknown): void;
  update(): void;
}

/** What gpp.js leaves on its tag; takes over the listeners that are registered already. */
export type CreatePlatform = (standing: Standing, listeners: Listeners) => Platform;

export const SUPPORTED = ["7:usnat", "8:usca"];

/** A GPP string without any section. */
const EMPTY = "DBAA";

/** Above the ids of the IAB's example of a stub, below those of its library. */
const FIRST_ID = 500;

/** Returns what tells a change. */
export function createGpp(standing: Standing, load: () => Promise<CreatePlatform | null>, wantNotice: () => void): () => void {
  const stub = (window as { __gpp?: unknown }).__gpp;
  const listeners = new Map<unknown, Reply>();
  let waiting: Parameters<Platform["answer"]>[] = [];
  let nextId = FIRST_ID;
  let cmpStatus: "stub" | "loading" | "error" | "loaded" = "stub";
  let platform: Platform | null = null;
  let called = false;

  const ping = () => {
    const exempt = cmpStatus === "loaded";
    return {
      gppVersion: "1.1",
      cmpStatus,
      cmpDisplayStatus: exempt ? "disabled" : "hidden",
      signalStatus: exempt ? "ready" : "not ready",
      supportedAPIs: SUPPORTED,
      cmpId: 1,
      sectionList: [],
      applicableSections: exempt ? [-1] : [],
      gppString: exempt ? EMPTY : "",
      parsedSections: {},
    };
  };
  const event = (eventName: string, listenerId: unknown, data: unknown) => ({ eventName, listenerId, data, pingData: ping() });

  function answer(command: string, reply: Reply, parameter: unknown): void {
    if (platform) platform.answer(command, reply, parameter);
    else if (command === "ping") reply(ping(), true);
    else if (command === "addEventListener") {
      listeners.set(nextId, reply);
      reply(event("listenerRegistered", nextId++, true), true);
    } else if (command === "removeEventListener") {
      reply(event("listenerRemoved", parameter, listeners.delete(parameter)), true);
    } else if (cmpStatus === "stub" || cmpStatus === "loading") waiting.push([command, reply, parameter]);
    else reply(command === "hasSection" ? false : null, false);
  }

  function settle(status: "error" | "loaded"): void {
    cmpStatus = status;
    if (!platform) listeners.forEach((reply, id) => reply(event("signalStatus", id, ping().signalStatus), true));
    const kept = waiting;
    waiting = [];
    for (const call of kept) answer(...call);
  }

  /** As far as one can get: first the notice has to say where the visitor is. */
  function advance(): void {
    if (platform) platform.update();
    else if (!called || cmpStatus !== "stub") return;
    else if (!standing.notice()) wantNotice();
    else if (!standing.saleLaw()) settle("loaded");
    else {
      cmpStatus = "loading";
      void load().then((create) => {
        platform = create?.(standing, listeners) ?? null;
        settle(platform ? "loaded" : "error");
      });
    }
  }

  function gpp(command?: unknown, callback?: unknown, parameter?: unknown): void {
    if (typeof callback !== "function") return;
    answer(String(command), guarded(callback as Reply), parameter);
    called = true;
    if (!platform) advance();
  }

  publish("__gpp", gpp, ({ command, parameter }, reply) => gpp(command, reply, parameter));
  try {
    // A page's own stub, in the form of the IAB's example, has kept listeners and calls.
    const kept = stub as (what?: "events") => readonly (Iterable<unknown> & { id: unknown; callback: Reply })[] | undefined;
    for (const { id, callback } of kept("events") ?? []) listeners.set(id, guarded(callback));
    for (const call of kept() ?? []) gpp(...call);
  } catch {
    // There is none, or one of another kind.
  }
  return advance;
}

/** A mistake in one callback is reported as the page's, and keeps nothing from the others. */
const guarded =
  (callback: Reply): Reply =>
  (data, success) => {
    try {
      callback(data, success);
    } catch (error) {
      setTimeout(() => {
        throw error;
      });
    }
  };
