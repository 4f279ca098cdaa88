const FIRST_MS = 250;
const LONGEST_MS = 15_000;
/** A connection that lived so long was none of a daemon that crashes as soon as it is started. */
const STEADY_MS = 10_000;

/** How long to wait before the next attempt: longer each time, and not for all windows the same. */
export class Backoff {
  private count = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** In a row, with nothing steady between them. */
  get failures(): number {
    return this.count;
  }

  /** Milliseconds until the next attempt. */
  failed(): number {
    this.count += 1;
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.count - 1));
    return longest * (0.5 + this.random() / 2);
  }

  /** A connection has ended. */
  ended(livedMs: number): number {
    if (livedMs >= STEADY_MS) {
      this.count = 0;
    }
    return this.failed();
  }
}
