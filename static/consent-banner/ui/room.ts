/** Keeps what floats over the page from covering what has the focus (WCAG 2.2, 2.4.11); nothing in sight moves. */

import { sheet } from "./sheet";

/** Keeps the focus clear of `panel`; with `below`, the page can also be scrolled that much further. Returns the undoing. */
export function makeRoom(panel: HTMLElement, below: boolean): () => void {
  const room = sheet("");
  const floats = () => getComputedStyle(panel).position === "fixed";
  const observer = new ResizeObserver(() => {
    const height = floats() ? Math.ceil(innerHeight - panel.getBoundingClientRect().top) : 0;
    const padding = below ? `padding-block-end:${height}px;` : "";
    room.replaceSync(height ? `@media screen{html{${padding}scroll-padding-block-end:${height}px}}` : "");
  });
  const uncover = (event: FocusEvent) => {
    const target = event.composedPath()[0];
    // Only for those who walk by keyboard: a page that moves under a pressed button is never clicked.
    if (!(target instanceof Element) || panel.contains(target) || !target.matches(":focus-visible") || !floats()) return;
    const [focused, over] = [target.getBoundingClientRect(), panel.getBoundingClientRect()];
    const beside = focused.right < over.left || focused.left > over.right || focused.top > over.bottom;
    if (!beside && focused.bottom > over.top) scrollBy(0, focused.bottom - over.top + 8);
  };
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, room];
  observer.observe(panel);
  document.addEventListener("focusin", uncover);

  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", uncover);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== room);
  };
}
