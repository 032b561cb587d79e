/** Clicks on links that lead to another site, or to a file. `data-track="off"` on or around a link leaves it out. */

import type { Said } from "./said";
import type { Track } from "./tracker";

export function watchLinks(said: Said, track: Track): void {
  const clicked = (event: MouseEvent) => {
    // Left and middle: others open menus.
    if (!said.links || event.button > 1) return;
    const link = linkAt(event);
    const kind = link && kindOf(link, said);
    if (kind) track(kind, { url: addressOf(link)?.href ?? "" });
  };
  // Before any listener of the page's, which may take the link away.
  addEventListener("click", clicked, true);
  addEventListener("auxclick", clicked, true);
}

/** The link that was clicked, within shadow trees too. */
function linkAt(event: Event): Element | null {
  const path = event.composedPath().filter((node): node is Element => node instanceof Element);
  if (path.some((element) => element.getAttribute("data-track") === "off")) return null;
  return path.find((element) => /^(a|area)$/.test(element.localName)) ?? null;
}

function addressOf(link: Element): URL | null {
  const href = link.getAttribute("href") ?? link.getAttribute("xlink:href");
  try {
    return href === null ? null : new URL(href, document.baseURI);
  } catch {
    return null;
  }
}

export function kindOf(link: Element, { hosts, endings }: Said): "download" | "outlink" | null {
  const url = addressOf(link);
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  if (/(^|\s)(matomo|piwik)_ignore(\s|$)/.test(link.className)) return null;
  const ending = /\.(\w+)$/.exec(url.pathname)?.[1]?.toLowerCase() ?? "";
  if (link.hasAttribute("download") || endings.includes(ending)) return "download";
  return hosts.some((host) => matches(url.hostname, host)) ? null : "outlink";
}

/** `*.a.example` stands for every host below a.example. */
const matches = (hostname: string, host: string): boolean =>
  host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : hostname === host;
