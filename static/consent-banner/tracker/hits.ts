/** Sends hits. A hit that may not have arrived is sent again under the same id, so it is never counted twice. */

export type Hit = Readonly<Record<string, string | number | undefined>>;

export interface Hits {
  send(hit: Hit): void;
  /** For a page that is going away: hands over to the browser whatever is not known to have arrived. */
  sendLast(hit: Hit | null): void;
  /** Forgets everything that waits. */
  drop(): void;
}

/** Milliseconds before the first, second and third retry. */
const RETRIES = [2000, 10_000, 60_000];

export function createHits(origin: string, measures: () => boolean): Hits {
  const url = `${origin}/v1/hit`;
  /** What is not known to have arrived. */
  const waiting = new Set<string>();

  async function post(body: string, tries: number): Promise<void> {
    // A string body is text/plain: no preflight. keepalive: the request outlives the page.
    const request = { method: "POST", body, credentials: "include", keepalive: true } as const;
    const status = await fetch(url, request).then(
      (answer) => answer.status,
      () => 500,
    );
    const wait = RETRIES[tries];
    if ((status < 500 && status !== 429) || !wait) return;
    waiting.add(body);
    setTimeout(() => {
      if (waiting.delete(body) && measures()) void post(body, tries + 1);
    }, wait);
  }

  return {
    send: (hit) => void post(JSON.stringify(hit), 0),
    sendLast(hit) {
      if (hit) waiting.add(JSON.stringify(hit));
      for (const body of waiting) navigator.sendBeacon?.(url, body);
      waiting.clear();
    },
    drop: () => waiting.clear(),
  };
}
