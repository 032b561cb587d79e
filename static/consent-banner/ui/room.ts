/** Keeps the banner from covering what has the focus (WCAG 2.2, 2.4.11), without moving anything the visitor sees. */

import { sheet } from "./surface";

/** Makes room below the page for `panel`; returns what takes it away again. */
export function makeRoom(panel: HTMLElement): () => void {
  const room = sheet("");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, room];
  const fit = () => {
    const height = Math.ceil(innerHeight - panel.getBoundingClientRect().top);
    room.replaceSync(`html{padding-block-end:${height}px;scroll-padding-block-end:${height}px}@media print{html{padding:0}}`);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(panel);

  const uncover = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || panel.getRootNode() !== document && target.shadowRoot?.contains(panel)) return;
    const below = target.getBoundingClientRect().bottom - panel.getBoundingClientRect().top + 8;
    if (below > 0) scrollBy(0, below);
  };
  document.addEventListener("focusin", uncover);

  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", uncover);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== room);
  };
}
