/** The `sentAt` of events: by the clock, and strictly increasing within a session whatever the clock does. */
export class SentTimes {
  private readonly last = new Map<number, number>();

  constructor(private readonly now: () => number) {}

  next(sessionId: number): string {
    const at = Math.max(this.now() * 1_000, (this.last.get(sessionId) ?? 0) + 1);
    this.last.set(sessionId, at);
    const microseconds = String(at % 1_000_000).padStart(6, "0");
    return `${new Date(Math.floor(at / 1_000_000) * 1_000).toISOString().slice(0, -".000Z".length)}.${microseconds}Z`;
  }
}
