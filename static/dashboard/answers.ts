// Answers already given, so that going back, another tab or another metric shows at once what is known.
import type { Site } from "./site";
import type { StatsAnswer, StatsQuery } from "./stats";
import { fetchStats, statsUrl } from "./stats";

const KEPT = 200;

export class Answers {
  private readonly known = new Map<string, { readonly to: string; readonly answer: StatsAnswer }>();

  constructor(private readonly site: Site) {}

  /** The answer, from memory or the server. Throws as fetchStats does. */
  async ask(query: StatsQuery, signal: AbortSignal): Promise<StatsAnswer> {
    const key = statsUrl(this.site.base, this.site.id, query);
    const found = this.known.get(key);
    if (found) return found.answer;
    const answer = await fetchStats(this.site.base, this.site.id, query, signal);
    // What is old already is asked for again next time.
    if (answer.stale) return answer;
    this.known.set(key, { to: query.span.to, answer });
    const oldest = this.known.keys().next().value;
    if (this.known.size > KEPT && oldest !== undefined) this.known.delete(oldest);
    return answer;
  }

  /** Forget what can still change: answers that reach into `today` or the day before (late hits). */
  forgetFrom(day: string): void {
    for (const [key, { to }] of this.known) if (to >= day) this.known.delete(key);
  }
}
