import type { Methods } from "../protocol";
import { Backoff } from "./backoff";
import type { Connection, LogMessage, MethodName } from "./connection";
import { DaemonUnavailableError, sentenceOf } from "./errors";
import type { OpenedProject } from "./project";
import { type Disposable, Signal } from "./signal";
import { type Gap, type SessionNotice, Subscription } from "./subscription";

/** A connection, and the projects of the window's folders; with exactly one, the scope is bound to it. */
export interface Opened {
  readonly connection: Connection;
  /** The daemon's socket. */
  readonly address: string;
  readonly projects: readonly OpenedProject[];
  /** Why a folder that is open is none. */
  readonly projectProblem: string | null;
}

export type ClientState =
  | { readonly kind: "stopped" }
  | { readonly kind: "connecting" }
  /** The program is set up first, which takes its time. */
  | { readonly kind: "installing" }
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
  readonly traffic = new Signal<string>();
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
      const { connection } = this.current;
      this.isNeeded = true;
      this.become({ kind: "connecting" });
      connection.close();
    } else {
      this.start();
    }
  }

  /** Whether the program is being set up now. */
  installing(isInstalling: boolean): void {
    // Otherwise nothing waits for it here, and nothing would come after it.
    if (this.current.kind === "connecting" || this.current.kind === "installing") {
      this.become({ kind: isInstalling ? "installing" : "connecting" });
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
      const giveUp = (): void => {
        listening.dispose();
        reject(new DaemonUnavailableError("The Treadle daemon does not answer.", "failed"));
      };
      let patience: NodeJS.Timeout | undefined;
      const follow = (state: ClientState): void => {
        clearTimeout(patience);
        if (settle(state)) {
          listening.dispose();
        } else if (state.kind === "connecting") {
          patience = setTimeout(giveUp, CALL_PATIENCE_MS);
        }
      };
      const listening = this.states.listen(follow);
      follow(this.current);
    });
  }

  private async keep(): Promise<void> {
    const backoff = new Backoff();
    this.become({ kind: "connecting" });
    while (!this.stopped) {
      const mayStart = this.isNeeded;
      try {
        const opened = await this.open(mayStart);
        this.isNeeded = false;
        const since = performance.now();
        await this.live(opened);
        await this.rest(backoff.ended(performance.now() - since));
      } catch (error) {
        await this.failed(error, backoff, mayStart);
      }
    }
  }

  private async live(opened: Opened): Promise<void> {
    const { connection } = opened;
    const listening = this.subscription.listen(connection);
    const logging = [
      connection.logMessages.listen((message) => this.logMessages.emit(message)),
      connection.traffic.listen((line) => this.traffic.emit(line)),
    ];
    try {
      const gap = await this.subscription.catchUp(connection);
      if (this.stopped) {
        return;
      }
      this.become({ kind: "ready", ...opened });
      this.gaps.emit(gap);
      await connection.closed;
      if (this.state.kind === "ready") {
        this.become({ kind: "connecting" });
      }
    } finally {
      listening.dispose();
      logging.forEach((each) => each.dispose());
      connection.close();
    }
  }

  private async failed(error: unknown, backoff: Backoff, mayStart: boolean): Promise<void> {
    const milliseconds = backoff.failed();
    if (this.isNeeded && !mayStart) {
      return;
    }
    const known =
      error instanceof DaemonUnavailableError ? error : new DaemonUnavailableError(sentenceOf(error), "failed");
    if (known.reason !== "failed" || backoff.failures > QUIET_FAILURES) {
      this.become({ kind: "failed", error: known });
    }
    const waitsForPerson = known.reason === "notInstalled" || known.reason === "cannotInstall";
    await this.pause(waitsForPerson ? null : milliseconds);
  }

  /** Who wants another connection, say for other settings, has it at once. */
  private rest(milliseconds: number): Promise<void> {
    return this.isNeeded ? Promise.resolve() : this.pause(milliseconds);
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
