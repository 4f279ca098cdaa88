import type { Socket } from "node:net";
import type { LogOutputChannel } from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageclient/node";
import type { Opened } from "../daemon/client";
import { type ClientIdentity, connected, inTime, initializationOptions } from "../daemon/connection";
import { onlyProject } from "../daemon/project";
import { WORKFLOW_PATTERN } from "../sessions/workflow_files";

const STOP_MS = 1_000;

/** One socket to the daemon's language server. When it breaks it is over; `WorkflowLanguage` opens the next. */
export class LanguageConnection {
  /** Rejects with the reason unless `end` was called. */
  readonly ended: Promise<void>;
  hasRun = false;
  private isOver = false;
  private client: LanguageClient | null = null;
  private socket: Socket | null = null;

  constructor(
    { address, projects }: Opened,
    private readonly identity: ClientIdentity,
    private readonly log: LogOutputChannel,
  ) {
    this.ended = this.live(address, onlyProject(projects)?.id ?? null);
  }

  end(): void {
    this.isOver = true;
    void this.close();
  }

  private async live(address: string, project: number | null): Promise<void> {
    try {
      const socket = await connected(address);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      this.socket = socket;
      if (this.isOver) {
        return;
      }
      this.client = new QuietClient("treadle", "Treadle", () => Promise.resolve(transportsOf(socket)), this.options(project));
      // The window's own connection has logged it.
      this.client.onNotification("window/logMessage", () => undefined);
      await inTime(socket, this.client.start());
      this.hasRun = true;
      await closed;
      throw new Error("The connection for workflow files was lost.");
    } catch (error) {
      if (!this.isOver) {
        throw error;
      }
    } finally {
      await this.close();
    }
  }

  private async close(): Promise<void> {
    try {
      await this.client?.dispose(STOP_MS);
    } catch {
      // It does not run, or does not answer: the socket's end is enough.
    }
    this.socket?.destroy();
  }

  private options(project: number | null): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file", pattern: WORKFLOW_PATTERN }],
      // A client of its own: what it claims and hears has nothing to do with the window's sessions.
      initializationOptions: initializationOptions({ ...this.identity, clientId: crypto.randomUUID() }, project),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: "The connection for workflow files ended." }),
      },
    };
  }
}

/** A daemon that ends is no news for a person who writes a file, so nothing pops up. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function transportsOf(socket: Socket) {
  socket.on("error", () => undefined);
  return { reader: new StreamMessageReader(socket), writer: new StreamMessageWriter(socket), detached: true };
}
