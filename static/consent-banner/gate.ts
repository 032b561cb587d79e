/**
 * Holds what a page has marked with a purpose until that purpose is allowed.
 *
 * Scripts: <script type="text/plain" data-purpose="…">, inline or with src; they run one after another in document order.
 * Everything else: attributes written as data-src, data-srcset, data-href, data-data or data-poster beside data-purpose.
 * Nodes added later are held and opened in the same way.
 */

import { trustedScript, trustedUrl } from "./trusted";

export interface Gate {
  /** Opens what has become allowed, closes what no longer is. */
  update(): void;
  /** True where a script has run whose purpose is no longer allowed: only a new page can undo that. */
  mustReload(): boolean;
}

export interface Holder {
  /** `once` opens this element, whatever the answer, until the page is left. */
  hold(element: HTMLElement, purpose: string, service: string, once: () => void): void;
  release(element: HTMLElement): void;
}

const ATTRIBUTES = ["src", "srcset", "href", "data", "poster"];
const SCRIPT = 'script[type="text/plain"][data-purpose]';
const MARKED = "[data-purpose]";

type Allowed = (purpose: string, service?: string) => boolean;

export function createGate(allowed: Allowed, nonce: string, holder: Holder): Gate {
  const queued = new WeakSet<Element>();
  const waiting: HTMLScriptElement[] = [];
  const opened = new Set<HTMLElement>();
  const held = new Set<HTMLElement>();
  const once = new WeakSet<HTMLElement>();
  /** One of each kind of script that ran. */
  const ran = new Map<string, HTMLElement>();
  let running = false;

  const mayOpen = (element: HTMLElement) =>
    once.has(element) || allowed(element.dataset.purpose ?? "", element.dataset.service);

  function examine(element: HTMLElement): void {
    if (element.matches(SCRIPT)) {
      // Where the page works with nonces, markup without one was not written by the site: it never runs.
      const genuine = !nonce || element.nonce === nonce;
      if (genuine && !queued.has(element) && mayOpen(element)) {
        queued.add(element);
        waiting.push(element as HTMLScriptElement);
      }
    } else if (opened.has(element)) {
      if (!mayOpen(element)) close(element);
    } else if (ATTRIBUTES.some((name) => element.hasAttribute(`data-${name}`)) && element.localName !== "script") {
      if (mayOpen(element)) open(element);
      else if (!held.has(element)) hold(element);
    }
  }

  function hold(element: HTMLElement): void {
    held.add(element);
    const { purpose = "", service = "" } = element.dataset;
    holder.hold(element, purpose, service, () => {
      once.add(element);
      if (held.has(element)) open(element);
    });
  }

  function open(element: HTMLElement): void {
    if (held.delete(element)) holder.release(element);
    opened.add(element);
    for (const part of [element, ...element.querySelectorAll<HTMLElement>("source")]) move(part, "data-", "");
    if (element instanceof HTMLMediaElement) element.load();
  }

  function close(element: HTMLElement): void {
    opened.delete(element);
    for (const part of [element, ...element.querySelectorAll<HTMLElement>("source")]) move(part, "", "data-");
    if (element instanceof HTMLMediaElement) element.load();
    hold(element);
  }

  function next(): void {
    const script = waiting.shift();
    running = script !== undefined;
    if (script === undefined) return;
    if (script.isConnected && mayOpen(script)) {
      ran.set(`${script.dataset.purpose} ${script.dataset.service}`, script);
      run(script, next);
    } else {
      queued.delete(script);
      next();
    }
  }

  function scan(root: ParentNode): void {
    if (root instanceof HTMLElement && root.matches(MARKED)) examine(root);
    for (const element of root.querySelectorAll<HTMLElement>(MARKED)) examine(element);
  }

  function start(): void {
    if (!running) next();
  }

  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element && node.isConnected) scan(node);
    }
    for (const element of [...held, ...opened]) {
      if (element.isConnected) continue;
      if (held.delete(element)) holder.release(element);
      opened.delete(element);
    }
    start();
  }).observe(document, { childList: true, subtree: true });

  return {
    update() {
      scan(document);
      start();
    },
    mustReload: () => [...ran.values()].some((script) => !mayOpen(script)),
  };
}

function move(element: HTMLElement, from: string, to: string): void {
  for (const name of ATTRIBUTES) {
    const value = element.getAttribute(from + name);
    if (value === null) continue;
    element.removeAttribute(from + name);
    // <embed src> and <object data> load code: they take a trusted URL.
    element.setAttribute(to + name, to === "" ? trustedUrl(value) : value);
  }
}

/** Puts a live copy in the place of `held`; `done` is called when the next script may run. */
function run(held: HTMLScriptElement, done: () => void): void {
  const live = document.createElement("script");
  const source = held.dataset.src ?? held.getAttribute("src");
  // Parser-inserted order, unless the site itself marked it async.
  live.async = held.hasAttribute("async");
  const waits = source !== null && !live.async;
  try {
    for (const { name, value } of held.attributes) {
      if (name === "type" || name === "src" || name === "nonce" || name === "data-src" || name === "data-type") continue;
      live.setAttribute(name, name.startsWith("on") ? trustedScript(value) : value);
    }
    live.nonce = held.nonce;
    if (held.dataset.type) live.type = held.dataset.type;
    if (source !== null) live.src = trustedUrl(source);
    else live.text = trustedScript(held.text);
    if (waits) live.onload = live.onerror = () => done();
    held.replaceWith(live);
  } catch {
    // The page's own policy forbids it: the same as a script that fails to load.
    done();
    return;
  }
  if (!waits) done();
}
