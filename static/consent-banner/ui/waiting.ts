/** Finds embedded content that the gate holds back, wherever it comes, goes or moves, so that something stands in for it. */

import type { Dialogs, Page } from "../dialogs";

/** Elements that leave a visible gap; images, styles and scripts are held without a word. */
const VISIBLE = ["iframe", "video", "audio", "embed", "object"].map((name) => `${name}[data-purpose]`).join();
const HELD = "[data-src],[data-data]";

export function watchWaiting(page: Page, { hold, release }: Pick<Dialogs, "hold" | "release">): void {
  /** With the purpose and service that each was held for. */
  const held = new Map<HTMLElement, string>();

  function look(): void {
    const waiting = new Map<HTMLElement, readonly [string, string]>();
    for (const element of document.querySelectorAll<HTMLElement>(VISIBLE)) {
      const { purpose = "", service = "" } = element.dataset;
      if (element.matches(HELD) || element.querySelector("source[data-src]")) waiting.set(element, [purpose, service]);
    }
    for (const [element, unit] of held) if (String(waiting.get(element)) !== unit) leave(element);
    for (const [element, unit] of waiting) {
      if (held.has(element)) continue;
      held.set(element, String(unit));
      hold(element, ...unit, () => {
        page.once(element);
        look();
      });
    }
  }

  function leave(element: HTMLElement): void {
    held.delete(element);
    release(element);
  }

  new MutationObserver((records) => {
    // What moves is held anew where it has come to.
    for (const { removedNodes } of records)
      for (const node of removedNodes) for (const element of held.keys()) if (node.contains(element)) leave(element);
    look();
  }).observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ["data-purpose", "data-service", "data-src", "data-data"],
  });
  look();
}
