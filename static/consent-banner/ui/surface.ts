/** A place of our own in the page: a shadow root with its own style sheets, which neither reads nor changes the page's. */

import type { Notice } from "../notice";
import base from "./base.css";
import { type Place, sheet } from "./sheet";

export interface Surface {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  show(): void;
  hide(): void;
}

const shared = sheet(base);
const painted = sheet("");

export function createSurface(name: string, look: string, place: Place): Surface {
  const host = document.createElement(name);
  const root = shadow(host, look);
  let shown = false;

  const attach = () => {
    if (shown && !host.isConnected && document.body) place(host);
  };
  // Routers that replace the whole body must not take the way back with them.
  new MutationObserver(attach).observe(document, { childList: true, subtree: true });

  return {
    host,
    root,
    show() {
      shown = true;
      attach();
    },
    hide() {
      shown = false;
      host.remove();
    },
  };
}

export function shadow(host: HTMLElement, ...looks: readonly string[]): ShadowRoot {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [shared, painted, ...looks.map(sheet)];
  return root;
}

/** What may be coloured, as the custom properties are named, and how it is where neither page nor site says. */
const NAMES = "background text muted line control accent accent-text alert".split(" ");
const SHIPPED = {
  light: "fff 191c22 555c69 dcdfe5 767d8b 1d2b45 fff a3241b",
  dark: "1c1f26 eef0f4 aeb5c2 363b46 8b93a3 e9edf5 191c22 ffa59b",
};

/** Light and dark screens: the page's own --gateway-… variables come first, then what the site has set, then ours. */
export function paint(set?: Notice["colours"]): void {
  const rules = (["light", "dark"] as const).map((scheme) => {
    const shipped = SHIPPED[scheme].split(" ");
    const colours = NAMES.map((name, index) => {
      const wanted = set?.[scheme]?.[name.replace("-", "_")] ?? "";
      const colour = CSS.supports("color", wanted) ? wanted : `#${shipped[index]}`;
      return `--${name}:var(--gateway-${scheme === "dark" ? "dark-" : ""}${name},${colour})`;
    });
    return `@media(prefers-color-scheme:${scheme}){:host{${colours.join(";")}}}`;
  });
  painted.replaceSync(rules.join(""));
}
paint();
