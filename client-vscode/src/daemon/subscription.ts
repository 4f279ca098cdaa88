import type { Connection, Notice } from "./connection";
import { type Disposable, Signal } from "./signal";

/** What a model hears: each is about one session. */
export type SessionNotice = Exclude<Notice, { method: "session/didLoseNotices" }>;

/** Before this moment notices may be missing: read again what is shown. */
export interface Gap {
  /** Also what has been read before: events may not be those that they were, say after the return of a backup. */
  readonly reread: boolean;
}

/** What this client knows of the daemon's events, from one connection to the next. */
export class Subscription {
  readonly notices = new Signal<SessionNotice>();
  readonly gaps = new Signal<Gap>();
  /** The highest event id that it knows of; null: it begins. */
  private lastEventId: number | null = null;
  /** Until it is answered what was missed, a notice does not mean that all before it is known. */
  private unanswered = 0;

  listen(connection: Connection): Disposable {
    return connection.notices.listen((notice) => {
      if (notice.method === "session/didLoseNotices") {
        void this.catchUpAgain(connection);
        return;
      }
      if (notice.method === "session/didAppendEvents" && this.unanswered === 0) {
        this.lastEventId = Math.max(this.lastEventId ?? 0, notice.params.lastId);
      }
      this.notices.emit(notice);
    });
  }

  /** Subscribes; once more on the same connection, it only tells what was missed. */
  async catchUp(connection: Connection): Promise<Gap> {
    this.unanswered += 1;
    try {
      const { lastEventId, reread } = await connection.call("session/subscribe", { afterEventId: this.lastEventId });
      this.lastEventId = lastEventId;
      return { reread };
    } finally {
      this.unanswered -= 1;
    }
  }

  private async catchUpAgain(connection: Connection): Promise<void> {
    try {
      this.gaps.emit(await this.catchUp(connection));
    } catch {
      // The next connection begins with the same question.
      connection.close();
    }
  }
}
