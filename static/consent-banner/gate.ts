/**
 * Holds what a page has marked with a purpose until that purpose is allowed.
 *
 * Scripts: <script type="text/plain" data-purpose="…">, inline or with src, or <script data-src="…" data-purpose="…">;
 * they run one after another in document order, once the page has been parsed.
 * Everything else: attributes written as data-src, data-srcset, data-href, data-data or data-poster beside data-purpose;
 * those of sources, tracks and images inside, and of the sources of an image's picture, go along unless marked themselves.
 * Nodes that come, move or are marked later are held and opened in the same way. Shadow roots are not looked into.
 */

import { trustedScript, trustedUrl } from "./trusted";

export interface Gate {
  /** Opens what has become allowed, closes what no longer is. */
  update(): void;
  /** Opens one element, whatever the answer, until the page is left or a no is said. */
  once(element: HTMLElement): void;
  /** A no is said: what was opened once is not any more, with the next update. */
  forget(): void;
  /** True where a script has run whose purpose is no longer allowed: only a new page can undo that. */
  mustReload(): boolean;
}

const HELD = ["data-src", "data-srcset", "data-href", "data-data", "data-poster"];
const MARKED = "[data-purpose]";

type Allowed = (purpose: string, service?: string) => boolean;
type Moved = [part: HTMLElement, name: string];

export function createGate(allowed: Allowed, nonce: string): Gate {
  const queued = new WeakSet<Element>();
  const waiting: HTMLScriptElement[] = [];
  /** What was moved to open each element, to be moved back. */
  const opened = new WeakMap<Element, Moved[]>();
  const ran: HTMLScriptElement[] = [];
  let once = new WeakSet<HTMLElement>();
  let running = false;

  const mayOpen = (element: HTMLElement) =>
    once.has(element) || allowed(element.dataset.purpose ?? "", element.dataset.service);

  function examine(element: HTMLElement): void {
    if (element.localName === "script") {
      const { nonce: own, type } = element as HTMLScriptElement;
      // Where the page works with nonces, markup without one was not written by the site: it never runs.
      const genuine = (!nonce || own === nonce) && (type === "text/plain" || element.dataset.src !== undefined);
      if (genuine && !queued.has(element) && mayOpen(element)) {
        queued.add(element);
        waiting.push(element as HTMLScriptElement);
      }
    } else if (mayOpen(element)) open(element);
    else close(element);
  }

  function open(element: HTMLElement): void {
    const moved = parts(element).flatMap((part) => waits(part).map((name): Moved => [part, name]));
    if (moved.length) {
      opened.set(element, [...(opened.get(element) ?? []), ...moved]);
      move(element, moved);
    }
  }

  function close(element: HTMLElement): void {
    const moved = opened.get(element);
    if (!opened.delete(element)) return;
    move(element, moved, true);
    // A frame that loses its src goes on; one that leaves the document ends.
    element.replaceWith(element);
  }

  function next(): void {
    const script = waiting.shift();
    running = !!script;
    if (!script) return;
    if (script.isConnected && mayOpen(script)) {
      ran.push(script);
      run(script, next);
    } else {
      queued.delete(script);
      next();
    }
  }

  /** Not before the page is parsed: an inline script that is still arriving would run in half. */
  function start(): void {
    if (!running && document.readyState !== "loading") next();
  }

  const scan = (root: ParentNode) => root.querySelectorAll<HTMLElement>(MARKED).forEach(examine);

  function update(): void {
    scan(document);
    start();
  }

  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      for (const node of [target, ...addedNodes]) {
        if (!(node instanceof Element)) continue;
        // A source that comes late belongs to its film.
        const marked = node.closest<HTMLElement>(MARKED);
        if (marked) examine(marked);
        if (node !== target) scan(node);
      }
    }
    start();
  }).observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ["data-purpose", "data-service", ...HELD],
  });
  document.addEventListener("DOMContentLoaded", update);

  return {
    update,
    once(element) {
      once.add(element);
      examine(element);
    },
    forget: () => void (once = new WeakSet()),
    mustReload: () => !ran.every(mayOpen),
  };
}

/** The element, and what loads along with it. */
function parts(element: HTMLElement): HTMLElement[] {
  const root = element.closest(`picture:not(${MARKED})`) ?? element;
  const within = root.querySelectorAll<HTMLElement>("source,track,img");
  return [element, ...[...within].filter((part) => !part.matches(MARKED))];
}

/** Which attributes are held back. Never a javascript: address, which sanitised markup may carry in a data attribute. */
const waits = (part: HTMLElement) =>
  HELD.filter((name) => {
    const value = part.getAttribute(name);
    return value !== null && !/^javascript:/i.test(value.replace(/[\0- ]/g, ""));
  });

function move(element: HTMLElement, moved: Moved[] = [], back = false): void {
  for (const [part, name] of moved) {
    const [from, to] = back ? [name.slice(5), name] : [name, name.slice(5)];
    const value = part.getAttribute(from);
    if (value === null) continue;
    part.removeAttribute(from);
    // <embed src> and <object data> load code: they take a trusted URL.
    part.setAttribute(to, back ? value : trustedUrl(value));
  }
  element.closest<HTMLMediaElement>("video,audio")?.load();
}

/** Puts a live copy in the place of `held`, whose own listeners hear how it went; `done`: the next script may run. */
function run(held: HTMLScriptElement, done: () => void): void {
  const live = document.createElement("script");
  const { src, type = held.type } = held.dataset;
  const source = src ?? held.getAttribute("src");
  let waits = false;
  try {
    for (const { name, value } of held.attributes) {
      if (!/^(type|src|nonce|data-src|data-type|on.*)$/.test(name)) live.setAttribute(name, value);
    }
    // Parser-inserted order, unless the site itself marked it async. What no browser of today runs ends without an event.
    live.async = held.hasAttribute("async");
    waits = source !== null && !live.async && !live.noModule;
    live.nonce = held.nonce;
    if (type !== "text/plain") live.type = type;
    if (source !== null) live.src = trustedUrl(source);
    else live.text = trustedScript(held.text);
    for (const name of ["load", "error"]) {
      live.addEventListener(name, () => {
        held.dispatchEvent(new Event(name));
        if (waits) done();
      });
    }
    held.replaceWith(live);
  } catch {
    // The page's own policy forbids it: the same as a script that fails to load.
    waits = false;
  }
  if (!waits) done();
}
