/** Where things of ours go in a page, and the style sheets they bring: constructable ones, which no policy forbids. */

/** Puts the host into the page. */
export type Place = (host: HTMLElement) => void;

/** Before everything else, so that it comes first in the focus order. */
export const first: Place = (host) => document.body.prepend(host);
export const last: Place = (host) => document.body.append(host);

export function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
