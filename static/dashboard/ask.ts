// Asking the gateway for JSON: what can go wrong is the same everywhere.

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
  let response: Response;
  try {
    response = await fetch(url, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StatsError("offline", "no connection");
  }
  if (response.status === 401) throw new StatsError("logged_out", "no session");
  const body = (await response.json().catch(() => null)) as (T & { error?: { what?: unknown } }) | null;
  if (response.ok && body) return body;
  throw new StatsError(response.ok || response.status >= 500 ? "unavailable" : "refused", refusal(body));
}

function refusal(body: { error?: { what?: unknown } } | null): string {
  const what = body?.error?.what;
  return typeof what === "string" ? what : "";
}
