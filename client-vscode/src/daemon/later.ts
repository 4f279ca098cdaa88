import type { Disposable } from "./signal";

/** Does something once, a moment after it was asked for last; never twice at the same time. */
export class Later implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private doing: Promise<void> = Promise.resolve();

  constructor(
    private readonly act: () => Promise<unknown>,
    private readonly report: (error: unknown) => void,
    private readonly milliseconds: number,
  ) {}

  ask(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.doing = this.doing.then(this.act).then(() => undefined, this.report);
    }, this.milliseconds);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
