import type { Methods } from "../protocol";
import type { Connection, LogMessage, MethodName } from "./connection";
import { DaemonUnavailableError, sentenceOf } from "./errors";
import type { OpenedProject } from "./project";
import { type Disposable, Signal } from "./signal";
import { type Gap, type SessionNotice, Subscription } from "./subscription";

/** A connection, and what its scope was bound to. */
export interface Opened {
  readonly connection: Connection;
  /** The daemon's socket. */
  readonly address: string;
  readonly project: OpenedProject | null;
  /** Why there is no project, when a folder is open. */
  readonly projectProblem: string | null;
}

export type ClientState =
  | { readonly kind: "stopped" }
  | { readonly kind: "connecting" }
  | ({ readonly kind: "ready" } & Opened)
  | { readonly kind: "failed"; readonly error: DaemonUnavailableError };

/** What models need of the daemon. */
export interface Daemon {
  readonly state: ClientState;
  readonly states: Signal<ClientState>;
  readonly notices: Signal<SessionNotice>;
  /** When it is connected, and whenever notices were lost. */
  readonly gaps: Signal<Gap>;
  call<M extends MethodName>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["response"]>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A daemon that is being started again is not worth a word. */
const QUIET_FAILURES = 2;
const CALL_PATIENCE_MS = 15_000;

/**
 * Keeps one connection to the daemon, opening the next when it breaks, as the same client. A daemon that is gone is
 * started only when somebody needs it: a window that just looks on does not undo `treadle stop`.
 */
export class DaemonClient implements Daemon, Disposable {
  readonly states = new Signal<ClientState>();
  readonly logMessages = new Signal<LogMessage>();
  private readonly subscription = new Subscription();
  readonly notices = this.subscription.notices;
  readonly gaps = this.subscription.gaps;
  private current: ClientState = { kind: "stopped" };
  private stopped = true;
  private isNeeded = false;
  private wake: () => void = () => undefined;

  constructor(private readonly open: (mayStart: boolean) => Promise<Opened>) {}

  get state(): ClientState {
    return this.current;
  }

  /** Somebody needs the daemon now: it is found, or started. */
  start(): void {
    if (this.current.kind === "ready") {
      return;
    }
    this.isNeeded = true;
    if (this.stopped) {
      this.stopped = false;
      void this.keep();
    } else {
      this.become({ kind: "connecting" });
      this.wake();
    }
  }

  /** Gives the connection up and opens another, with whatever settings hold now. */
  restart(): void {
    if (this.current.kind === "ready") {
      this.isNeeded = true;
      this.current.connection.close();
    } else {
      this.start();
    }
  }

  dispose(): void {
    this.stopped = true;
    this.wake();
    if (this.current.kind === "ready") {
      this.current.connection.close();
    }
    this.become({ kind: "stopped" });
  }

  async call<M extends MethodName>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["response"]> {
    const { connection } = await this.ready();
    return connection.call(method, params);
  }

  /** Waits for the connection, but not for one that cannot come. */
  ready(): Promise<Opened> {
    return new Promise((resolve, reject) => {
      const settle = (state: ClientState): boolean => {
        if (state.kind === "ready") {
          resolve(state);
        } else if (state.kind === "failed") {
          reject(state.error);
        } else if (state.kind === "stopped") {
          reject(new DaemonUnavailableError("Treadle is not connected.", "failed"));
        } else {
          return false;
        }
        return true;
      };
      if (settle(this.current)) {
        return;
      }
      const listening = this.states.listen((state) => {
        if (settle(state)) {
          listening.dispose();
          clearTimeout(patience);
        }
      });
      const patience = setTimeout(() => {
        listening.dispose();
        reject(new DaemonUnavailableError("The Treadle daemon does not answer.", "failed"));
      }, CALL_PATIENCE_MS);
    });
  }

  private async keep(): Promise<void> {
    let failures = 0;
    this.become({ kind: "connecting" });
    while (!this.stopped) {
      const mayStart = this.isNeeded;
      try {
        const opened = await this.open(mayStart);
        this.isNeeded = false;
        failures = 0;
        await this.live(opened);
      } catch (error) {
        failures += 1;
        await this.failed(error, failures, mayStart);
      }
    }
  }

  private async live(opened: Opened): Promise<void> {
    const { connection } = opened;
    const listening = this.subscription.listen(connection);
    const logging = connection.logMessages.listen((message) => this.logMessages.emit(message));
    try {
      const gap = await this.subscription.catchUp(connection);
      if (this.stopped) {
        return;
      }
      this.become({ kind: "ready", ...opened });
      this.gaps.emit(gap);
      await connection.closed;
      this.become({ kind: "connecting" });
    } finally {
      listening.dispose();
      logging.dispose();
      connection.close();
    }
  }

  private async failed(error: unknown, failures: number, mayStart: boolean): Promise<void> {
    if (this.isNeeded && !mayStart) {
      return;
    }
    const known =
      error instanceof DaemonUnavailableError ? error : new DaemonUnavailableError(sentenceOf(error), "failed");
    if (known.reason !== "failed" || failures > QUIET_FAILURES) {
      this.become({ kind: "failed", error: known });
    }
    await this.pause(known.reason === "notInstalled" ? null : pauseAfter(failures));
  }

  /** Until the time is over, or somebody asks for a new try; null: only then. */
  private pause(milliseconds: number | null): Promise<void> {
    if (this.stopped) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = milliseconds === null ? undefined : setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private become(state: ClientState): void {
    if (!(this.stopped && state.kind !== "stopped")) {
      this.current = state;
      this.states.emit(state);
    }
  }
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
