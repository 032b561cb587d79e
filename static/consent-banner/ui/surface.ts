/** A place of our own in the page: a shadow root with its own style sheet, which neither reads nor changes the page's. */

export interface Surface {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  show(): void;
  hide(): void;
}

/** `first`: before everything else in the body, so that it comes first in the focus order; else after everything. */
export function createSurface(name: string, sheets: readonly string[], first: boolean): Surface {
  const host = document.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets.map(sheet);
  let shown = false;

  function attach(): void {
    if (first) document.body.prepend(host);
    else document.body.append(host);
  }

  // Routers that replace the whole body must not take the way back with them.
  new MutationObserver(() => {
    if (shown && !host.isConnected && document.body) attach();
  }).observe(document.documentElement, { childList: true, subtree: true });

  return {
    host,
    root,
    show() {
      shown = true;
      if (!host.isConnected) attach();
    },
    hide() {
      shown = false;
      host.remove();
    },
  };
}

export function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** Direction of a BCP 47 language. */
export function direction(language: string): "rtl" | "ltr" {
  return /^(ar|he|fa|ur|yi|ps|dv|ckb)\b/i.test(language) ? "rtl" : "ltr";
}
