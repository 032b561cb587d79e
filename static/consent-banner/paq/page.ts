/** Page views, events, goals, searches, links and custom dimensions, by matomo.js's names. */

import type { Page } from "../dialogs";
import { words } from "../tracker/said";
import type { Tracker } from "../tracker/tracker";
import type { Methods } from "./paq";

type Custom = Readonly<Record<string, unknown>> | null | undefined;

/** The custom dimensions in what matomo.js calls custom data: `{dimension1: "…"}`. */
function finer(custom: Custom): { dimensions?: Record<string, string> } {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(custom ?? {})) {
    const id = /^dimension(\d+)$/.exec(name)?.[1];
    if (id) found[id] = String(value);
  }
  return Object.keys(found).length ? { dimensions: found } : {};
}

const absolute = (url: string): string => {
  try {
    return new URL(url, document.baseURI).href;
  } catch {
    return "";
  }
};

/** matomo.js takes lists as arrays or as "zip|pdf". */
const list = (given: string | readonly string[]): string[] => words([given].flat().join(" ").replace(/\|/g, " "));

export function pageMethods({ config }: Page, { track, said, ping }: Tracker): Methods {
  let siteId: unknown = config.site;

  return {
    trackPageView: (title?: string, custom?: Custom) =>
      track("pageview", { ...(title && typeof title === "string" && { title }), ...finer(custom) }),
    trackEvent(category: string, action: string, name?: string, value?: number, custom?: Custom) {
      track("event", { category, action, ...given({ name, value }), ...finer(custom) });
    },
    trackGoal: (id: number, revenue?: number, custom?: Custom) =>
      // 0 is an order, which has a method of its own.
      track("goal", { id, ...given({ revenue }), ...finer(custom) }),
    trackSiteSearch: (keyword: string, category?: string | false, count?: number | false, custom?: Custom) =>
      track("search", {
        keyword,
        ...(category && { category: String(category) }),
        ...(typeof count === "number" && { count }),
        ...finer(custom),
      }),
    trackLink: (url: string, kind: string, custom?: Custom) =>
      track(kind === "download" ? "download" : "outlink", { url, ...finer(custom) }),
    ping,
    setCustomUrl: (url: string) => void (said.url = absolute(url)),
    setDocumentTitle: (title: string) => void (said.title = title),
    setReferrerUrl: (url: string) => void (said.referrer = url),
    setUserId: (id: string) => track("user", id ? { id } : {}),
    resetUserId: () => void (said.user = ""),
    getUserId: () => said.user,
    setCustomDimension: (id: number, value: string) => track("dimensions", { [id]: value }),
    deleteCustomDimension: (id: number) => void said.dimensions.delete(String(id)),
    getCustomDimension: (id: number) => said.dimensions.get(String(id)) ?? null,
    enableLinkTracking: (on?: boolean) => void (said.links = on !== false || said.links),
    setDomains: (hosts: string | readonly string[]) => void said.hosts.push(...list(hosts).map(host)),
    setDownloadExtensions: (endings: string | readonly string[]) => void (said.endings = list(endings)),
    addDownloadExtensions: (endings: string | readonly string[]) => void (said.endings = [...said.endings, ...list(endings)]),
    removeDownloadExtensions(endings: string | readonly string[]) {
      const gone = list(endings);
      said.endings = said.endings.filter((ending) => !gone.includes(ending));
    },
    setSiteId(id: unknown) {
      siteId = id;
      if (Number(id) !== config.site) console.warn(`_paq: hits go to site ${config.site}, not ${String(id)}`);
    },
    getSiteId: () => siteId,
    getTrackerUrl: () => `${config.origin}/matomo.php`,
    getCurrentUrl: () => said.url || location.href,
    // Visitors are known to the gateway alone.
    getVisitorId: () => "",
  };
}

/** Without what is not there: matomo.js takes undefined, null, false and "" for it. */
const given = <Value>(values: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !([undefined, null, false, ""] as unknown[]).includes(value)));

/** A domain as matomo.js takes it: ".a.example" is "*.a.example", and a path after it does not count here. */
const host = (domain: string): string => domain.replace(/^https?:\/\//, "").replace(/[/:].*$/, "").replace(/^\./, "*.");
