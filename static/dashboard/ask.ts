// Asking the gateway for JSON, and having it change something: what can go wrong is the same everywhere.

/** Why there are no figures: the database is away, the gateway is, the session ended, or the question was refused. */
export class StatsError extends Error {
  constructor(
    readonly reason: "unavailable" | "offline" | "logged_out" | "refused",
    message: string,
  ) {
    super(message);
  }
}

/** The answer of `url`. Throws StatsError, or AbortError where `signal` was aborted. */
export async function ask<T>(url: string, signal: AbortSignal): Promise<T> {
  return answerOf<T>(url, { signal, headers: { accept: "application/json" } });
}

/** Have something changed; what `url` answers, which for DELETE is nothing. Throws StatsError. */
export async function send<T>(method: "POST" | "PUT" | "DELETE", url: string, body: unknown = null): Promise<T> {
  // Only the gateway's own pages know it; that of their forms serves here as well.
  const token = document.querySelector<HTMLInputElement>("input[name=csrf]")?.value ?? "";
  const headers = { accept: "application/json", "content-type": "application/json", "x-csrf-token": token };
  return answerOf<T>(url, { method, headers, body: body === null ? null : JSON.stringify(body) });
}

async function answerOf<T>(url: string, request: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new StatsError("offline", "no connection");
  }
  if (response.status === 401) throw new StatsError("logged_out", "no session");
  if (response.status === 204) return undefined as T;
  const body = (await response.json().catch(() => null)) as (T & { error?: { what?: unknown } }) | null;
  if (response.ok && body) return body;
  throw new StatsError(response.ok || response.status >= 500 ? "unavailable" : "refused", refusal(body));
}

function refusal(body: { error?: { what?: unknown } } | null): string {
  const what = body?.error?.what;
  return typeof what === "string" ? what : "";
}
