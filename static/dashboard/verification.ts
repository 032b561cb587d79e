// The progress of a verification: asked for once a second, and on to its verdict when it ended.
import { byId } from "./dom";
import { whole } from "./format";
import { fill } from "./texts";

const EVERY = 1000; // milliseconds

interface Answer {
  readonly running: { readonly rows: number; readonly of: number } | null;
}

export async function watchVerification(base: string): Promise<void> {
  const bar = byId("progress");
  const soFar = byId("so-far");
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    let answer: Response;
    try {
      answer = await fetch(`${base}/v1/ledger/verify`, { headers: { accept: "application/json" } });
    } catch {
      continue; // the gateway cannot be reached at the moment; the verification goes on there
    }
    const running = answer.ok ? ((await answer.json()) as Answer).running : null;
    if (!running) {
      // Ended, or the session did: the page says which.
      location.replace(`${base}/ledger/verification`);
      return;
    }
    if (bar instanceof HTMLProgressElement) {
      bar.max = running.of || 1;
      bar.value = running.rows;
    }
    const counts = { rows: whole(running.rows), total: whole(running.of) };
    soFar.textContent = fill(soFar.dataset["text"] ?? "", counts);
  }
}
