// Work that waits its turn: at most so many pieces at once, first come first served.
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** What `work` resolves to or throws. Work whose `signal` was aborted while it waited is not begun: it throws AbortError. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((begin) => this.waiting.push(begin));
    else this.running += 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      // The place goes straight to whoever waits longest.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
