import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import { StepList, type StepNode, type StepsChange } from "./step_list";

interface Followed {
  list: StepList;
  /** One read after the other. */
  turn: Promise<void>;
  isOpen: boolean;
  isStale: boolean;
}

const GATHER_MS = 80;

/** The steps of those sessions that a person looks into, live as long as they are open. */
export class StepBook implements Disposable {
  readonly changes = new Signal<{ readonly sessionId: number; readonly change: StepsChange }>();
  readonly problems = new Signal<unknown>();
  private readonly followed = new Map<number, Followed>();
  private readonly due = new Set<number>();
  private gathering: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(private readonly daemon: Daemon) {
    this.listening = [
      daemon.gaps.listen(({ reread }) => this.lost(reread)),
      daemon.notices.listen(({ method, params }) => {
        if (method === "session/didDelete") {
          this.followed.delete(params.sessionId);
        } else if (method !== "session/didAppendEvents") {
          this.readSoon(params.sessionId);
        }
      }),
    ];
  }

  /** Oldest first; read when that has not happened. None, when they cannot be read now. */
  async of(sessionId: number): Promise<readonly StepNode[]> {
    const followed = this.follow(sessionId);
    await followed.turn;
    return followed.list.steps;
  }

  isOpen(sessionId: number): boolean {
    return this.followed.get(sessionId)?.isOpen === true;
  }

  /** What was read stays, to be brought up to date when it is opened again. */
  open(sessionId: number): void {
    const followed = this.follow(sessionId);
    followed.isOpen = true;
    if (followed.isStale) {
      void this.read(sessionId, followed, true);
    }
  }

  close(sessionId: number): void {
    const followed = this.followed.get(sessionId);
    if (followed !== undefined) {
      followed.isOpen = false;
    }
  }

  dispose(): void {
    clearTimeout(this.gathering);
    this.listening.forEach((one) => one.dispose());
  }

  private follow(sessionId: number): Followed {
    let followed = this.followed.get(sessionId);
    if (followed === undefined) {
      followed = { list: new StepList(this.daemon, sessionId), turn: Promise.resolve(), isOpen: true, isStale: false };
      this.followed.set(sessionId, followed);
      void this.read(sessionId, followed, false);
    }
    return followed;
  }

  private lost(reread: boolean): void {
    for (const [sessionId, followed] of this.followed) {
      if (reread) {
        followed.list = new StepList(this.daemon, sessionId);
      }
      this.readSoon(sessionId);
    }
  }

  private readSoon(sessionId: number): void {
    const followed = this.followed.get(sessionId);
    if (followed === undefined) {
      return;
    }
    followed.isStale = true;
    if (!followed.isOpen) {
      return;
    }
    this.due.add(sessionId);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const due = [...this.due];
      this.due.clear();
      due.forEach((id) => {
        const each = this.followed.get(id);
        if (each !== undefined) {
          void this.read(id, each, true);
        }
      });
    }, GATHER_MS);
  }

  /** `tells`: who asked for the first time has the answer at once. */
  private read(sessionId: number, followed: Followed, tells: boolean): Promise<void> {
    followed.isStale = false;
    followed.turn = followed.turn.then(async () => {
      try {
        const change = await followed.list.read();
        if (tells && (change === "all" || change.size > 0)) {
          this.changes.emit({ sessionId, change });
        }
      } catch (error) {
        followed.isStale = true;
        if (!(error instanceof RefusedError)) {
          // When the connection broke, the next one reads on.
          this.problems.emit(error);
        }
      }
    });
    return followed.turn;
  }
}
