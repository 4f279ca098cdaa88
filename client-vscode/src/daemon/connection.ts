import net from "node:net";
import {
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { type Methods, type Notifications, PROTOCOL_VERSION } from "../protocol";
import { DaemonUnavailableError, RefusedError } from "./errors";
import { Signal } from "./signal";

export type MethodName = keyof Methods;
export type Notice = { [N in keyof Notifications]: { method: N; params: Notifications[N] } }[keyof Notifications];

/** Who we are; a claim belongs to a client id and survives a reconnect with it. */
export interface ClientIdentity {
  readonly clientId: string;
  readonly clientName: string;
  readonly workspaceFolders: readonly { uri: string; name: string }[];
}

/** LSP's `window/logMessage`: what the daemon wants people to know, such as a full disk. */
export interface LogMessage {
  /** 1 error, 2 warning, 3 and above information. */
  readonly type: number;
  readonly message: string;
}

const HANDSHAKE_MS = 10_000;
/** The compiler says when one is missing. */
const NOTICES: Record<keyof Notifications, true> = {
  "session/didCreate": true,
  "session/didUpdate": true,
  "session/didAppendEvents": true,
  "ask/didChange": true,
  "session/didDelete": true,
  "session/didLoseNotices": true,
};

/** One live connection to the daemon. When it breaks it is over; `DaemonClient` opens the next. */
export class Connection {
  readonly notices = new Signal<Notice>();
  readonly logMessages = new Signal<LogMessage>();
  /** Each message in a line, by its name: what is in it may hold a person's secrets. */
  readonly traffic = new Signal<string>();
  readonly closed: Promise<void>;

  private constructor(
    private readonly socket: net.Socket,
    private readonly peer: MessageConnection,
  ) {
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        // Rejects what still waits for an answer.
        peer.dispose();
        resolve();
      });
    });
    // A broken pipe also closes; without a listener it would be an uncaught exception.
    peer.onError(() => socket.destroy());
    for (const method of Object.keys(NOTICES)) {
      peer.onNotification(method, (params: unknown) => {
        this.traffic.emit(`← ${method}${aboutOf(params)}`);
        this.notices.emit({ method, params } as Notice);
      });
    }
    peer.onNotification("window/logMessage", (message: LogMessage) => this.logMessages.emit(message));
    peer.listen();
  }

  static async open(address: string, identity: ClientIdentity, project: number | null): Promise<Connection> {
    const socket = await connected(address);
    const reader = new StreamMessageReader(socket);
    const writer = new StreamMessageWriter(socket);
    const connection = new Connection(socket, createMessageConnection(reader, writer));
    try {
      await inTime(socket, connection.initialize(identity, project));
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  async call<M extends MethodName>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["response"]> {
    return (await this.request(method, params)) as Methods[M]["response"];
  }

  close(): void {
    this.socket.destroy();
  }

  private async initialize(identity: ClientIdentity, project: number | null): Promise<void> {
    await this.request("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: identity.workspaceFolders,
      initializationOptions: initializationOptions(identity, project),
    });
    await this.peer.sendNotification("initialized", {});
  }

  private async request(method: string, params: unknown): Promise<unknown> {
    const begun = performance.now();
    const tell = (end: string): void => this.traffic.emit(`→ ${method}${aboutOf(params)}: ${end} after ${Math.round(performance.now() - begun)} ms`);
    try {
      const answer = await this.peer.sendRequest(method, params);
      tell("answered");
      return answer;
    } catch (error) {
      if (error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected) {
        const { code, details } = isRecord(error.data) ? error.data : {};
        const known = typeof code === "string" ? code : "internal_error";
        tell(`refused (${known})`);
        throw new RefusedError(error.message, known, isRecord(details) ? details : {});
      }
      tell("lost");
      throw new DaemonUnavailableError("The connection to the Treadle daemon was lost.", "failed");
    }
  }
}

function aboutOf(params: unknown): string {
  return isRecord(params) && typeof params.sessionId === "number" ? ` of session ${params.sessionId}` : "";
}

/** A socket to the daemon. */
export function connected(address: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => {
      reject(new DaemonUnavailableError(`The Treadle daemon does not answer: ${error.message}.`, "failed"));
    });
  });
}

/** A daemon that takes a connection and says nothing is not waited for for ever; who waits has to hear it even so. */
export async function inTime<T>(socket: net.Socket, handshake: Promise<T>): Promise<T> {
  const broken = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new DaemonUnavailableError("The Treadle daemon does not answer.", "failed"));
    if (socket.destroyed) {
      fail();
    }
    socket.once("close", fail);
  });
  const patience = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
  try {
    return await Promise.race([handshake, broken]);
  } finally {
    clearTimeout(patience);
  }
}

/** What `initialize` says of us besides what LSP knows. */
export function initializationOptions({ clientId, clientName }: ClientIdentity, project: number | null) {
  return { treadle: { protocolVersion: PROTOCOL_VERSION, clientId, clientName, project } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
