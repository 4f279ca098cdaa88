import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import type { SessionHead, SessionStatus } from "../protocol";
import { nextChangeAt } from "./groups";

const PAGE = 100;
const GATHER_MS = 80;

/** The project's sessions as they are now: all active ones, and the finished ones page by page. */
export class SessionList implements Disposable {
  readonly changes = new Signal<undefined>();
  readonly problems = new Signal<unknown>();
  private heads = new Map<number, SessionHead>();
  private cursor: string | null = null;
  private loading: Promise<void> = Promise.resolve();
  private readonly stale = new Set<number>();
  private gathering: NodeJS.Timeout | undefined;
  private ageing: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(private readonly daemon: Daemon) {
    this.listening = [
      daemon.gaps.listen(() => void this.reload()),
      daemon.notices.listen(({ method, params }) => {
        if (method === "session/didDelete") {
          this.forget(params.sessionId);
        } else if (method !== "session/didAppendEvents") {
          this.refreshSoon(params.sessionId);
        }
      }),
    ];
  }

  get sessions(): readonly SessionHead[] {
    return [...this.heads.values()].sort((one, other) => other.id - one.id);
  }

  get hasMore(): boolean {
    return this.cursor !== null;
  }

  get(sessionId: number): SessionHead | undefined {
    return this.heads.get(sessionId);
  }

  /** Everything anew: after connecting, or when a person asks. */
  reload(): Promise<void> {
    return this.inTurn(async () => {
      const page = await this.page(null);
      const heads = new Map(page.data.map((head) => [head.id, head]));
      for (let cursor: string | null = ""; cursor !== null; ) {
        const active = await this.page(cursor === "" ? null : cursor, "active");
        active.data.forEach((head) => heads.set(head.id, head));
        cursor = active.nextCursor;
      }
      this.heads = heads;
      this.cursor = page.nextCursor;
    });
  }

  loadMore(): Promise<void> {
    return this.inTurn(async () => {
      if (this.cursor !== null) {
        const page = await this.page(this.cursor);
        page.data.forEach((head) => this.heads.set(head.id, head));
        this.cursor = page.nextCursor;
      }
    });
  }

  dispose(): void {
    clearTimeout(this.gathering);
    clearTimeout(this.ageing);
    this.listening.forEach((one) => one.dispose());
  }

  private page(cursor: string | null, status: SessionStatus | null = null) {
    return this.daemon.call("session/list", { cursor, status, limit: PAGE });
  }

  private refreshSoon(sessionId: number): void {
    this.stale.add(sessionId);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const ids = [...this.stale];
      this.stale.clear();
      void this.inTurn(async () => {
        await Promise.all(ids.map((id) => this.refresh(id)));
      });
    }, GATHER_MS);
  }

  private async refresh(sessionId: number): Promise<void> {
    try {
      const { session } = await this.daemon.call("session/get", { sessionId, limit: 1 });
      if (this.belongs(session)) {
        this.heads.set(sessionId, session);
      }
    } catch (error) {
      if (!(error instanceof RefusedError)) {
        throw error;
      }
      // Deleted since, or of another project.
      this.heads.delete(sessionId);
    }
  }

  /** After what is being read now, which may still hold it. */
  private forget(sessionId: number): void {
    this.stale.delete(sessionId);
    void this.inTurn(() => Promise.resolve(void this.heads.delete(sessionId)));
  }

  private belongs(session: SessionHead): boolean {
    const { state } = this.daemon;
    return state.kind !== "ready" || state.project === null || state.project.id === session.projectId;
  }

  /** One read after the other, so that an older answer never replaces a newer one. */
  private inTurn(read: () => Promise<void>): Promise<void> {
    this.loading = this.loading.then(async () => {
      try {
        await read();
        this.changed();
      } catch (error) {
        // When the connection broke, the next one reloads.
        this.problems.emit(error);
      }
    });
    return this.loading;
  }

  private changed(): void {
    this.changes.emit(undefined);
    this.watchAge();
  }

  /** No notice comes when a claim runs out: a dead runner's session must not look alive. */
  private watchAge(): void {
    clearTimeout(this.ageing);
    const now = Date.now();
    const soonest = [...this.heads.values()]
      .map((head) => ({ id: head.id, at: nextChangeAt(head, now) }))
      .filter((one): one is { id: number; at: number } => one.at !== null)
      .sort((one, other) => one.at - other.at)[0];
    if (soonest !== undefined) {
      this.ageing = setTimeout(() => this.refreshSoon(soonest.id), soonest.at - now + GATHER_MS);
    }
  }
}
