import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import type { SessionHead } from "../protocol";
import { nextChangeAt } from "./groups";
import { projectsOf } from "./scope";
import { LARGE_PAGE, PAGE, SessionPages } from "./session_pages";

/** Which sessions are not as they were. */
export type SessionsChange = "all" | ReadonlySet<number>;

const GATHER_MS = 80;
/** How many sessions are asked for at the same time after a burst of notices. */
const AT_ONCE = 20;

/** The sessions of the window's projects as they are now: all active ones, and the finished ones page by page. */
export class SessionList implements Disposable {
  readonly changes = new Signal<SessionsChange>();
  readonly problems = new Signal<unknown>();
  private heads = new Map<number, SessionHead>();
  private sorted: readonly SessionHead[] | null = null;
  private readonly pages: SessionPages;
  private loading: Promise<void> = Promise.resolve();
  private readonly stale = new Set<number>();
  private readonly gone = new Set<number>();
  /** When a session changes by the mere passing of time. */
  private readonly ages = new Map<number, number>();
  private gathering: NodeJS.Timeout | undefined;
  private ageing: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(private readonly daemon: Daemon) {
    this.pages = new SessionPages(daemon);
    this.listening = [
      daemon.gaps.listen(() => void this.reload()),
      daemon.notices.listen(({ method, params }) => {
        if (method === "session/didDelete") {
          this.forgetSoon(params.sessionId);
        } else if (method !== "session/didAppendEvents") {
          this.refreshSoon(params.sessionId);
        }
      }),
    ];
  }

  /** Newest first. */
  get sessions(): readonly SessionHead[] {
    return (this.sorted ??= [...this.heads.values()].sort((one, other) => other.id - one.id));
  }

  get byId(): ReadonlyMap<number, SessionHead> {
    return this.heads;
  }

  get hasMore(): boolean {
    return this.pages.hasMore;
  }

  get(sessionId: number): SessionHead | undefined {
    return this.heads.get(sessionId);
  }

  /** Everything anew, as far as it was read, and some that have ended if there are any: after connecting, or when a person asks. */
  reload(): Promise<void> {
    return this.inTurn(async () => {
      const wanted = Math.max(1, countEnded([...this.heads.values()]));
      const active = this.pages.active();
      const [newest, some] = await Promise.all([this.pages.first(PAGE), active.next()]);
      const found = [...newest, ...(some.done === true ? [] : some.value.heads)];
      if (this.heads.size === 0 && some.value?.isLast === false) {
        // Thousands that are active take their time.
        this.replace(found);
        this.changed("all");
      }
      for await (const { heads } of active) {
        found.push(...heads);
      }
      found.push(...(await this.endedOnes(wanted - countEnded(newest), LARGE_PAGE)));
      this.replace(found);
      return "all";
    });
  }

  /** The next finished ones, about as many as are wanted. */
  loadMore(count = PAGE): Promise<void> {
    return this.inTurn(async () => {
      const found = await this.endedOnes(count, PAGE);
      found.forEach((head) => this.heads.set(head.id, head));
      return new Set(found.map(({ id }) => id));
    });
  }

  /** One that this window has just made or changed, before the notice of it comes. */
  put(head: SessionHead): Promise<void> {
    return this.inTurn(() => {
      this.heads.set(head.id, head);
      return Promise.resolve(new Set([head.id]));
    });
  }

  dispose(): void {
    clearTimeout(this.gathering);
    clearTimeout(this.ageing);
    this.listening.forEach((one) => one.dispose());
  }

  /** The next pages until so many that have ended are among them. */
  private async endedOnes(count: number, leastPage: number): Promise<SessionHead[]> {
    const found: SessionHead[] = [];
    for (let lacking = count; lacking > 0 && this.pages.hasMore; ) {
      const page = await this.pages.next(Math.max(lacking, leastPage));
      found.push(...page);
      lacking -= countEnded(page);
    }
    return found;
  }

  private replace(found: readonly SessionHead[]): void {
    this.heads = new Map(found.map((head) => [head.id, head]));
  }

  private refreshSoon(...sessionIds: readonly number[]): void {
    sessionIds.forEach((id) => this.stale.add(id));
    this.gather();
  }

  private forgetSoon(sessionId: number): void {
    this.stale.delete(sessionId);
    this.gone.add(sessionId);
    this.gather();
  }

  /** After what is being read now, which may still hold what is gone. */
  private gather(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const [stale, gone] = [[...this.stale], [...this.gone]];
      this.stale.clear();
      this.gone.clear();
      void this.inTurn(async () => {
        for (let from = 0; from < stale.length; from += AT_ONCE) {
          await Promise.all(stale.slice(from, from + AT_ONCE).map((id) => this.refresh(id)));
        }
        gone.forEach((id) => this.heads.delete(id));
        return new Set([...stale, ...gone]);
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

  private belongs(session: SessionHead): boolean {
    const projects = projectsOf(this.daemon);
    return projects.length === 0 || projects.some(({ id }) => id === session.projectId);
  }

  /** One read after the other, so that an older answer never replaces a newer one. */
  private inTurn(read: () => Promise<SessionsChange>): Promise<void> {
    this.loading = this.loading.then(async () => {
      try {
        this.changed(await read());
      } catch (error) {
        // When the connection broke, the next one reloads.
        this.problems.emit(error);
      }
    });
    return this.loading;
  }

  private changed(change: SessionsChange): void {
    this.sorted = null;
    this.watchAge(change);
    this.changes.emit(change);
  }

  /** No notice comes when a claim runs out: a dead runner's session must not look alive. */
  private watchAge(change: SessionsChange): void {
    const now = Date.now();
    if (change === "all") {
      this.ages.clear();
    }
    for (const id of change === "all" ? this.heads.keys() : change) {
      const head = this.heads.get(id);
      const at = head === undefined ? null : nextChangeAt(head, now);
      if (at === null) {
        this.ages.delete(id);
      } else {
        this.ages.set(id, at);
      }
    }
    clearTimeout(this.ageing);
    const soonest = Math.min(...this.ages.values());
    if (soonest !== Infinity) {
      this.ageing = setTimeout(() => this.refreshAged(), soonest - now + GATHER_MS);
    }
  }

  private refreshAged(): void {
    const now = Date.now();
    this.refreshSoon(...[...this.ages].filter(([, at]) => at <= now).map(([id]) => id));
  }
}

function countEnded(heads: readonly SessionHead[]): number {
  return heads.filter(({ status }) => status !== "active").length;
}
