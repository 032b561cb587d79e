/**
 * Types of `window.gateway`, for websites that embed the script. Copy this file, or reference it:
 *   /// <reference path="gateway.d.ts" />
 */

/** What the script knows about one answer. Purposes that were never answered are absent. */
export interface GatewayChange {
  /** Every answered purpose, true where the visitor said yes. */
  readonly purposes: Readonly<Record<string, boolean>>;
  /** Answers to finer units of a purpose, where they were given apart. */
  readonly services: Readonly<Record<string, boolean>>;
  /** True when every optional purpose has an answer under the current policy. */
  readonly answered: boolean;
}

/** What proves a consent: `id` names the row in the gateway's ledger. */
export interface GatewayReceipt {
  readonly id: string;
  readonly purposes: Readonly<Record<string, boolean>>;
  readonly services: Readonly<Record<string, boolean>>;
  /** ISO 8601. */
  readonly expires: string | null;
}

/** What was taken off this device after a purpose was turned off: names of cookies and storage keys. */
export interface GatewayCleared {
  readonly removed: readonly string[];
  /** Still stored: this page cannot remove them. */
  readonly left: readonly string[];
  /** Declared by a purpose that had been allowed on this page, and not to be seen from it: other paths, other hosts. */
  readonly unseen: readonly string[];
}

/** Values of the site's custom dimensions, by number (1…255). In `track("dimensions")` null ends one. */
export type GatewayDimensions = Readonly<Record<number, string | number | null>>;

/** One line of an order or a cart; the price is of one piece. */
export interface GatewayItem {
  readonly sku: string;
  readonly name?: string;
  readonly category?: string;
  readonly price?: number;
  readonly quantity?: number;
}

/** Any hit may carry values that only count for it. */
interface WithDimensions {
  readonly dimensions?: GatewayDimensions;
}

/** Where an event goes in the reports. */
export interface GatewayEventProperties extends WithDimensions {
  readonly category?: string;
  readonly name?: string;
  readonly value?: number;
}

/** What `track` takes by name; every other name is the action of an event. */
export interface GatewayTracked {
  pageview: WithDimensions & { readonly url?: string; readonly title?: string; readonly referrer?: string; readonly status?: number };
  "404": Readonly<Record<string, never>>;
  event: GatewayEventProperties & { readonly action: string };
  goal: WithDimensions & { readonly id: number; readonly revenue?: number };
  search: WithDimensions & { readonly keyword: string; readonly category?: string; readonly count?: number };
  download: WithDimensions & { readonly url: string };
  outlink: WithDimensions & { readonly url: string };
  order: WithDimensions & {
    readonly id: string;
    readonly revenue: number;
    readonly subtotal?: number;
    readonly tax?: number;
    readonly shipping?: number;
    readonly discount?: number;
    readonly items?: readonly GatewayItem[];
  };
  cart: WithDimensions & { readonly revenue: number; readonly items?: readonly GatewayItem[] };
  content: WithDimensions & {
    readonly name: string;
    readonly piece?: string;
    readonly target?: string;
    /** Left out where the content was only seen. */
    readonly interaction?: string;
  };
  /** For all hits to come. */
  dimensions: GatewayDimensions;
  /** For all hits to come: the site's own name of its customer; left out where there is none any more. */
  user: { readonly id?: string };
}

export interface Gateway {
  /** May this purpose (or one service of it) run now? False for a purpose the site does not declare. */
  consent(purpose: string, service?: string): boolean;
  /** The visitor's own answer: true, false, or undefined where there is none under the current policy. */
  answer(purpose: string, service?: string): boolean | undefined;
  /** Calls `listener` after every change of what is allowed. Returns a function that stops it. */
  onChange(listener: (change: GatewayChange) => void): () => void;
  /** Resolves once the purpose may run; never rejects. `callback` is for the queue, where a promise cannot be returned. */
  whenAllowed(purpose: string, callback?: () => void): Promise<void>;
  whenAllowed(purpose: string, service: string, callback?: () => void): Promise<void>;
  /** Opens the preferences, at `purpose` if given. Resolves to false where they are unavailable. */
  showPreferences(purpose?: string): Promise<boolean>;
  /** Each of the following resolves to true once the gateway has recorded it, to false where it could not. */
  acceptAll(): Promise<boolean>;
  rejectAll(): Promise<boolean>;
  /** Records answers to the purposes named and leaves the others as they were: for asking in place. */
  choose(purposes: Readonly<Record<string, boolean>>, services?: Readonly<Record<string, boolean>>): Promise<boolean>;
  /** Takes every yes back. Measurement stops before the gateway has answered. */
  withdraw(): Promise<boolean>;
  /** The record of this browser's consent as the gateway holds it; null where there is none or it cannot be had. */
  receipt(): Promise<GatewayReceipt | null>;
  /** Counts what happened, once measurement is allowed. What is wrong is told on the console, never thrown. */
  track<Name extends keyof GatewayTracked>(name: Name, properties?: GatewayTracked[Name]): void;
  track(action: string, properties?: GatewayEventProperties): void;
  /** Calls made before the script has loaded: `["method", …arguments]`, or a function that receives the gateway. */
  readonly q: { push(...calls: GatewayCall[]): void };
}

export type GatewayCall = readonly [method: string, ...values: unknown[]] | ((gateway: Gateway) => void);

declare global {
  interface Window {
    gateway?: Gateway | { q: GatewayCall[] };
    /** Calls of pages that were written for matomo.js. */
    _paq?: unknown;
  }

  interface DocumentEventMap {
    /** The script has started; gates that may open from the cookie are open. */
    "gateway:ready": CustomEvent<GatewayChange>;
    /** What is allowed has changed. */
    "gateway:change": CustomEvent<GatewayChange>;
    /** The banner or the preferences were shown. */
    "gateway:shown": CustomEvent<{ readonly surface: "banner" | "preferences" }>;
    /** What purposes that were turned off had left was cleared. */
    "gateway:cleared": CustomEvent<GatewayCleared>;
    /** The gateway could not be reached or answered nonsense: nothing was granted. */
    "gateway:failed": CustomEvent<{ readonly what: "notice" | "consent" | "dialogs" }>;
  }
}
