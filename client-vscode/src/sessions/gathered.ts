/** Calls that come one upon the other are one, a moment after the first: what any of them wanted is wanted. */
export class Gathered<What extends string> {
  private wanted = new Set<What>();
  private waiting: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly fulfil: (wanted: ReadonlySet<What>) => void,
  ) {}

  soon(...what: readonly What[]): void {
    what.forEach((each) => this.wanted.add(each));
    this.waiting ??= setTimeout(() => {
      const { wanted } = this;
      this.wanted = new Set();
      this.waiting = undefined;
      this.fulfil(wanted);
    }, this.delayMs);
  }

  dispose(): void {
    clearTimeout(this.waiting);
  }
}
