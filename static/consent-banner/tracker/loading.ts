/** How the page itself was loaded, as the browser tells it (https://www.w3.org/TR/navigation-timing-2/). */

type Timing = PerformanceNavigationTiming & { readonly responseStatus?: number };

const navigation = () => performance.getEntriesByType("navigation")[0] as Timing | undefined;

/** Milliseconds for network, server, transfer, DOM processing, DOM completion and onload; null until the page has loaded. */
export function timings(): number[] | null {
  const at = navigation();
  if (!at || at.loadEventEnd <= 0) return null;
  return [
    at.connectEnd - at.fetchStart,
    at.responseStart - at.requestStart,
    at.responseEnd - at.responseStart,
    at.domInteractive - at.responseEnd,
    at.domComplete - at.domInteractive,
    at.loadEventEnd - at.loadEventStart,
  ].map((span) => Math.min(3_600_000, Math.max(0, Math.round(span))));
}

/** The HTTP status as the page says it: `data-status` of the script, or <meta name="gateway-status">. */
export const saidStatus = (said: string | undefined): number | undefined =>
  sound(said || document.querySelector<HTMLMetaElement>('meta[name="gateway-status"]')?.content);

/** The same as the browser says it; some do not. */
export const seenStatus = (): number | undefined => sound(navigation()?.responseStatus);

function sound(given: unknown): number | undefined {
  const status = Number(given);
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}
