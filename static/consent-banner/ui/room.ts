/** Keeps what floats over the page from covering what has the focus (WCAG 2.2, 2.4.11); nothing in sight moves. */

import { sheet } from "./surface";

/** Keeps the focus clear of `panel`; with `below`, the page can also be scrolled that much further. Returns the undoing. */
export function makeRoom(panel: HTMLElement, below: boolean): () => void {
  const room = sheet("");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, room];
  const fit = () => {
    const height = Math.ceil(innerHeight - panel.getBoundingClientRect().top);
    const padding = below ? `padding-block-end:${height}px;` : "";
    room.replaceSync(`@media screen{html{${padding}scroll-padding-block-end:${height}px}}`);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(panel);

  const uncover = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || target.shadowRoot?.contains(panel)) return;
    const [focused, over] = [target.getBoundingClientRect(), panel.getBoundingClientRect()];
    const beside = focused.right < over.left || focused.left > over.right || focused.top > over.bottom;
    if (!beside && focused.bottom > over.top) scrollBy(0, focused.bottom - over.top + 8);
  };
  document.addEventListener("focusin", uncover);

  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", uncover);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== room);
  };
}
