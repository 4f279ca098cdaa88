import type { Daemon } from "../daemon/client";
import { DaemonUnavailableError, RefusedError, sentenceOf } from "../daemon/errors";
import type { Disposable } from "../daemon/signal";
import type { SessionEventInput } from "../protocol";
import type { EventDraft } from "./event_draft";
import { SentTimes } from "./sent_times";

export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

const LIMITS: QueueLimits = { events: 2_000, bytes: 4 * 1024 * 1024 };
/** Far below what the daemon takes at once, so that another client's batch comes between. */
const BATCH: QueueLimits = { events: 500, bytes: 1024 * 1024 };
const LINGER_MS = 150;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The daemon takes it when whatever is in its way has gone. */
const PASSING = new Set(["storage_unavailable", "too_many_clients"]);

interface Waiting {
  readonly sessionId: number;
  readonly event: SessionEventInput;
  readonly bytes: number;
}

interface Dropped {
  count: number;
  sentAt: string;
}

interface Dependencies {
  readonly daemon: Pick<Daemon, "state" | "states" | "call">;
  /** Name and version of this program. */
  readonly client: string;
  readonly report: (sentence: string) => void;
  readonly now?: () => number;
  readonly limits?: QueueLimits;
}

/**
 * Events on their way to the daemon. While it is away the newest are kept, and what was dropped is counted in the record;
 * after a batch whose answer was lost their uids make it harmless to send it again.
 */
export class EventQueue implements Disposable {
  private waiting: Waiting[] = [];
  private bytes = 0;
  private readonly dropped = new Map<number, Dropped>();
  private readonly times: SentTimes;
  private readonly limits: QueueLimits;
  private readonly listening: Disposable;
  private sending: Promise<void> = Promise.resolve();
  private isSending = false;
  private timer: NodeJS.Timeout | undefined;
  private pause = FIRST_PAUSE_MS;

  constructor(private readonly needs: Dependencies) {
    this.limits = needs.limits ?? LIMITS;
    this.times = new SentTimes(needs.now ?? Date.now);
    this.listening = needs.daemon.states.listen(() => this.sendSoon());
  }

  get size(): number {
    return this.waiting.length;
  }

  add(sessionId: number, { uid, eventType, source, data, interactionId }: EventDraft): void {
    const event = { uid, eventType, source, data, interactionId, sentAt: this.times.next(sessionId), metadata: { client: this.needs.client } };
    const bytes = Buffer.byteLength(JSON.stringify(event));
    this.waiting.push({ sessionId, event, bytes });
    this.bytes += bytes;
    this.keepSmall();
    this.sendSoon();
  }

  /** Until all is sent, or the daemon does not take it now. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isSending) {
      this.isSending = true;
      this.sending = this.sendAll().finally(() => (this.isSending = false));
    }
    return this.sending;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listening.dispose();
  }

  private sendSoon(milliseconds = LINGER_MS): void {
    if (this.waiting.length > 0 && !this.isSending && this.isReady) {
      this.timer ??= setTimeout(() => void this.flush(), milliseconds);
    }
  }

  private get isReady(): boolean {
    return this.needs.daemon.state.kind === "ready";
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0 && this.isReady) {
      const batch = this.take();
      const trouble = await this.send(batch);
      if (trouble !== null) {
        this.bringBack(batch);
        this.sendAgain(trouble);
        return;
      }
      this.pause = FIRST_PAUSE_MS;
    }
  }

  /** Null: the batch is dealt with. */
  private async send(batch: readonly Waiting[]): Promise<"away" | "passing" | null> {
    const [{ sessionId }] = batch as [Waiting];
    const lost = this.dropped.get(sessionId);
    const events = [...(lost === undefined ? [] : [this.tellDropped(lost)]), ...batch.map(({ event }) => event)];
    try {
      await this.needs.daemon.call("session/handleEvents", { sessionId, events });
    } catch (error) {
      if (error instanceof DaemonUnavailableError) {
        return "away";
      }
      if (error instanceof RefusedError && PASSING.has(error.code)) {
        return "passing";
      }
      this.giveUp(sessionId, batch.length, error);
    }
    if (this.dropped.get(sessionId)?.count === lost?.count) {
      this.dropped.delete(sessionId);
    }
    return null;
  }

  private sendAgain(trouble: "away" | "passing"): void {
    if (trouble === "passing") {
      this.timer ??= setTimeout(() => void this.flush(), this.pause);
      this.pause = Math.min(LONGEST_PAUSE_MS, this.pause * 2);
    }
    // A daemon that is away says so, and later that it is back.
  }

  /** A deleted session needs no record; anything else is worth a line in the log. */
  private giveUp(sessionId: number, count: number, error: unknown): void {
    if (error instanceof RefusedError && error.code === "session_not_found") {
      this.remove(({ sessionId: id }) => id === sessionId);
      return;
    }
    this.needs.report(`${count} events of session ${sessionId} were not recorded: ${sentenceOf(error)}`);
  }

  /** The oldest events, of one session. */
  private take(): Waiting[] {
    const batch: Waiting[] = [];
    const sessionId = this.waiting[0]?.sessionId;
    let bytes = 0;
    for (const each of this.waiting) {
      if (each.sessionId === sessionId) {
        bytes += each.bytes;
        if (batch.length === BATCH.events || (bytes > BATCH.bytes && batch.length > 0)) {
          break;
        }
        batch.push(each);
      }
    }
    const taken = new Set(batch);
    this.remove((each) => taken.has(each));
    return batch;
  }

  private bringBack(batch: readonly Waiting[]): void {
    this.waiting = [...batch, ...this.waiting];
    this.bytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
    this.keepSmall();
  }

  private remove(isGone: (each: Waiting) => boolean): void {
    this.waiting = this.waiting.filter((each) => !isGone(each));
    this.bytes = this.waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private keepSmall(): void {
    while (this.waiting.length > this.limits.events || this.bytes > this.limits.bytes) {
      const oldest = this.waiting.shift();
      if (oldest === undefined) {
        return;
      }
      this.bytes -= oldest.bytes;
      const { sessionId, event } = oldest;
      const before = this.dropped.get(sessionId);
      if (before === undefined) {
        this.needs.report(`The daemon is away for long: the oldest events of session ${sessionId} are dropped.`);
      }
      this.dropped.set(sessionId, { count: (before?.count ?? 0) + 1, sentAt: event.sentAt });
    }
  }

  /** In the place of the last one that was dropped. */
  private tellDropped({ count, sentAt }: Dropped): SessionEventInput {
    const message = `${count} events of the editor were not recorded: the daemon was away for too long.`;
    const data = { kind: "events_dropped", message, count };
    return { uid: crypto.randomUUID(), eventType: "error_occurred", source: "watcher", data, sentAt, interactionId: null, metadata: { client: this.needs.client } };
  }
}
