import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import type { AskView, SessionHead } from "../protocol";
import { projectsOf } from "./scope";

const PAGE = 500;
const GATHER_MS = 80;

/** One that is not open any more. */
export interface ClosedAsk {
  readonly ask: AskView;
  /** Whether the person of this window has answered it, or is about to, and so hears of its end anyway. */
  readonly isHere: boolean;
}

const OVER: ReadonlySet<string> = new Set(["ask_closed", "ask_not_found"]);

/** What waits for an answer in the project's sessions, oldest first; live. */
export class AskList implements Disposable {
  readonly changes = new Signal<undefined>();
  /** What has become of one that was in the list. */
  readonly closed = new Signal<ClosedAsk>();
  readonly problems = new Signal<unknown>();
  private open = new Map<number, AskView>();
  private readonly held = new Set<number>();
  private readonly answered = new Set<number>();
  private loading: Promise<void> = Promise.resolve();
  private readonly stale = new Set<number>();
  private gathering: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(private readonly daemon: Daemon) {
    this.listening = [
      daemon.gaps.listen(() => void this.reload()),
      daemon.notices.listen(({ method, params }) => {
        if (method === "ask/didChange" || method === "session/didDelete") {
          this.refreshSoon(params.sessionId);
        }
      }),
    ];
  }

  get asks(): readonly AskView[] {
    return [...this.open.values()].sort((one, other) => one.id - other.id);
  }

  get(askId: number): AskView | undefined {
    return this.open.get(askId);
  }

  of(sessionId: number): readonly AskView[] {
    return this.asks.filter((ask) => ask.sessionId === sessionId);
  }

  /** Everything anew: after connecting, or when a person asks. */
  reload(): Promise<void> {
    return this.inTurn(async () => this.replace(this.asks, await this.read(null)));
  }

  /** The person of this window is answering it. */
  hold(askId: number): Disposable {
    this.held.add(askId);
    return { dispose: () => void this.held.delete(askId) };
  }

  /** Null: it counts. Else a sentence: somebody else was quicker, or nobody needs an answer any more. */
  async answer(askId: number, answer: string, comment: string | null): Promise<string | null> {
    try {
      // The notice of its end may be quicker than the answer.
      this.answered.add(askId);
      await this.daemon.call("ask/answer", { askId, answer, comment });
      return null;
    } catch (error) {
      this.answered.delete(askId);
      if (error instanceof RefusedError && OVER.has(error.code)) {
        return error.message;
      }
      throw error;
    }
  }

  dispose(): void {
    clearTimeout(this.gathering);
    this.listening.forEach((one) => one.dispose());
  }

  private refreshSoon(sessionId: number): void {
    this.stale.add(sessionId);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const ids = [...this.stale];
      this.stale.clear();
      void this.inTurn(async () => {
        for (const id of ids) {
          await this.replace(this.of(id), await this.read(id));
        }
      });
    }, GATHER_MS);
  }

  private async read(sessionId: number | null): Promise<AskView[]> {
    const found: AskView[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await this.daemon.call("ask/list", { sessionId, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.data);
      cursor = page.nextCursor;
    }
    return this.ofWindow(found);
  }

  /** In a workspace of several folders the connection sees the asks of other projects, too. */
  private async ofWindow(asks: AskView[]): Promise<AskView[]> {
    const projects = new Set(projectsOf(this.daemon).map(({ id }) => id));
    if (projects.size < 2) {
      return asks;
    }
    const sessions = await Promise.all([...new Set(asks.map((ask) => ask.sessionId))].map((id) => this.session(id)));
    const own = new Set(sessions.filter((head) => head?.projectId != null && projects.has(head.projectId)).map((head) => head?.id));
    return asks.filter((ask) => own.has(ask.sessionId));
  }

  /** Null: it was deleted since. */
  private async session(sessionId: number): Promise<SessionHead | null> {
    try {
      return (await this.daemon.call("session/get", { sessionId, limit: 1 })).session;
    } catch (error) {
      if (error instanceof RefusedError) {
        return null;
      }
      throw error;
    }
  }

  private async replace(known: readonly AskView[], found: readonly AskView[]): Promise<void> {
    const still = new Set(found.map(({ id }) => id));
    const gone = known.filter(({ id }) => !still.has(id));
    gone.forEach(({ id }) => this.open.delete(id));
    found.forEach((ask) => this.open.set(ask.id, ask));
    for (const { id } of gone) {
      await this.tellClosed(id);
    }
  }

  private async tellClosed(askId: number): Promise<void> {
    try {
      const isHere = this.answered.delete(askId) || this.held.has(askId);
      this.closed.emit({ ask: (await this.daemon.call("ask/get", { askId })).ask, isHere });
    } catch (error) {
      if (!(error instanceof RefusedError)) {
        throw error;
      }
      // Its session was deleted.
    }
  }

  /** One read after the other, so that an older answer never replaces a newer one. */
  private inTurn(read: () => Promise<void>): Promise<void> {
    this.loading = this.loading.then(async () => {
      try {
        await read();
      } catch (error) {
        // When the connection broke, the next one reloads.
        this.problems.emit(error);
      }
      this.changes.emit(undefined);
    });
    return this.loading;
  }
}
