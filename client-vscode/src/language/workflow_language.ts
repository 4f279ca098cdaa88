import * as vscode from "vscode";
import type { ClientState, Daemon, Opened } from "../daemon/client";
import type { ClientIdentity } from "../daemon/connection";
import { sentenceOf } from "../daemon/errors";
import { isWorkflowFile } from "../sessions/workflow_files";
import { LanguageConnection } from "./language_connection";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Diagnostics, completion and the like in workflow files, by the daemon. They come with the window's own connection and
 * go with it, so they never start a daemon that somebody stopped; and there are none until a workflow file is open.
 */
export class WorkflowLanguage implements vscode.Disposable {
  private opened: Opened | null = null;
  private connection: LanguageConnection | null = null;
  private isUsed = vscode.workspace.textDocuments.some(isWorkflow);
  private failures = 0;
  private pause: NodeJS.Timeout | undefined;
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    daemon: Daemon,
    private readonly identity: ClientIdentity,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables = [
      daemon.states.listen((state) => this.follow(state)),
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.isUsed ||= isWorkflow(document);
        this.begin();
      }),
    ];
    this.follow(daemon.state);
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
    this.follow({ kind: "stopped" });
  }

  private follow(state: ClientState): void {
    clearTimeout(this.pause);
    this.connection?.end();
    this.connection = null;
    this.failures = 0;
    // What its workflows mean, the daemon reads in the folder.
    this.opened = state.kind === "ready" && vscode.workspace.isTrusted ? state : null;
    this.begin();
  }

  private begin(): void {
    if (this.opened === null || !this.isUsed || this.connection !== null) {
      return;
    }
    const connection = new LanguageConnection(this.opened, this.identity, this.log);
    this.connection = connection;
    connection.ended.catch((error: unknown) => {
      this.log.warn(sentenceOf(error));
      if (this.connection === connection) {
        this.beginAgain(connection.hasRun);
      }
    });
  }

  /** Mostly the daemon itself has ended, which its own state tells soon. */
  private beginAgain(hasRun: boolean): void {
    this.failures = hasRun ? 1 : this.failures + 1;
    this.pause = setTimeout(
      () => {
        this.connection = null;
        this.begin();
      },
      Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.failures - 1)),
    );
  }
}

function isWorkflow({ uri }: vscode.TextDocument): boolean {
  return uri.scheme === "file" && isWorkflowFile(uri.path);
}
