/** What this page can see and remove of what is stored for it. Nothing here throws. */

import { allCookies } from "../cookies";

export type Kind = "cookie" | "local_storage" | "session_storage";

export const KINDS: readonly Kind[] = ["cookie", "local_storage", "session_storage"];

/** Each name once. */
export function namesOf(kind: Kind): string[] {
  if (kind === "cookie") return [...new Set(allCookies().map((pair) => pair.replace(/=.*/s, "")))];
  try {
    return Object.keys(storage(kind));
  } catch {
    // The browser refuses storage to this page: then nothing is in it.
    return [];
  }
}

export function remove(kind: Kind, name: string): void {
  if (kind === "cookie") expire(name);
  else storage(kind).removeItem(name);
}

const storage = (kind: Kind) => (kind === "local_storage" ? localStorage : sessionStorage);

/**
 * Expires a cookie whatever domain and path it was set with, as far as browsers let a page (RFC 6265 § 5.3): they are part of
 * its identity, and reading tells neither. A dot before a domain is ignored there, so each domain is tried once.
 */
function expire(name: string): void {
  for (const path of paths(location.pathname)) {
    for (const domain of domains(location.hostname)) {
      for (const more of attributes()) document.cookie = `${name}=;Max-Age=0;Path=${path}${domain}${more}`;
    }
    // Mostly the first will do.
    if (!namesOf("cookie").includes(name)) return;
  }
}

/** The host alone, then it and its parents. Browsers turn down those that are public suffixes. */
function domains(host: string): string[] {
  const labels = host.split(".");
  return ["", ...labels.map((_, index) => `;Domain=${labels.slice(index).join(".")}`)];
}

/** "/", then each folder down to this page, without and with the slash at its end. */
function paths(path: string): string[] {
  const folders = path.split("/").filter(Boolean);
  const prefixes = folders.map((_, index) => "/" + folders.slice(0, index + 1).join("/"));
  return ["/", ...prefixes.flatMap((prefix) => [prefix, prefix + "/"])];
}

/** Partitioned cookies (CHIPS) are kept apart. SameSite=None reaches them all, inside a frame of another site too. */
const attributes = () =>
  location.protocol === "https:" ? [";Secure;SameSite=None", ";Secure;SameSite=None;Partitioned"] : [""];
