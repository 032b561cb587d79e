/** Sends hits. A hit that may not have arrived is sent again under the same id, so it is never counted twice. */

export type Hit = Readonly<Record<string, string | number>>;

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
  /** Bodies that wait for a retry, with the timer. */
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();

  async function post(body: string, tries: number): Promise<void> {
    let again: boolean;
    try {
      // A string body is text/plain: no preflight. keepalive: the request outlives the page.
      const answer = await fetch(url, { method: "POST", body, credentials: "include", keepalive: true });
      again = answer.status >= 500 || answer.status === 429;
    } catch {
      again = true;
    }
    const wait = RETRIES[tries];
    if (!again || wait === undefined || !measures()) return;
    const timer = setTimeout(() => {
      waiting.delete(body);
      if (measures()) void post(body, tries + 1);
    }, wait);
    waiting.set(body, timer);
  }

  function beacon(body: string): void {
    if (!navigator.sendBeacon?.(url, body)) {
      void fetch(url, { method: "POST", body, credentials: "include", keepalive: true }).catch(() => undefined);
    }
  }

  function drop(): void {
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
  }

  return {
    send: (hit) => void post(JSON.stringify(hit), 0),
    sendLast(hit) {
      const late = [...waiting.keys()];
      drop();
      for (const body of late) beacon(body);
      if (hit) beacon(JSON.stringify(hit));
    },
    drop,
  };
}
