/**
 * Sends hits, one after the other: the first answer may bring the cookie by which the next ones are known to be of the same
 * visitor. A hit that may not have arrived is sent again under the same id, so it is never counted twice.
 */

export type Hit = Readonly<Record<string, unknown>>;

export interface Hits {
  send(hit: Hit): void;
  /** For a page that is going away: hands over to the browser whatever has not been sent, or failed. */
  sendLast(hit: Hit | null): void;
  /** Forgets everything that waits. */
  drop(): void;
}

/** Milliseconds before the first, second and third retry. */
const RETRIES = [2000, 10_000, 60_000];

export function createHits(origin: string, measures: () => boolean): Hits {
  const url = `${origin}/v1/hit`;
  let waiting: string[] = [];
  let busy = false;
  let tries = 0;
  let dropped = 0;

  async function next(): Promise<void> {
    if (busy || !measures()) return;
    const body = waiting.shift();
    if (body === undefined) return;
    busy = true;
    const round = dropped;
    // A string body is text/plain: no preflight. keepalive: the request outlives the page.
    const request = { method: "POST", body, credentials: "include", keepalive: true } as const;
    const status = await fetch(url, request).then(
      (answer) => answer.status,
      () => 500,
    );
    const wait = status >= 500 || status === 429 ? RETRIES[tries] : undefined;
    if (wait === undefined) {
      tries = 0;
      return again();
    }
    tries++;
    if (round === dropped) waiting.unshift(body);
    setTimeout(again, wait);
  }

  function again(): void {
    busy = false;
    void next();
  }

  return {
    send(hit) {
      waiting.push(written(hit));
      void next();
    },
    sendLast(hit) {
      if (hit) waiting.push(written(hit));
      // What the browser does not take, because it is too much, waits on.
      waiting = waiting.filter((body) => !navigator.sendBeacon?.(url, body));
    },
    drop() {
      waiting = [];
      dropped++;
    },
  };
}

/** Without halves of characters, which a text that was cut may end with: they are no JSON. */
const written = (hit: Hit): string =>
  JSON.stringify(hit, (_, value: unknown) => (typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "") : value));
