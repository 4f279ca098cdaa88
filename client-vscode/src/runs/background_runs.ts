import path from "node:path";
import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { sentenceOf } from "../daemon/errors";
import type { Program } from "../daemon/program";
import { type RunnerEnd, startRunner } from "../executors/runner";
import { isAsking, isTakenUp } from "../sessions/answering";
import { endsWithoutEditor } from "../settings";

const FAILED = 1;
const ANSWER_NEEDED = 9;
const INTERRUPTED = 130;

export interface BackgroundOptions {
  /** Also from a terminal in which a person works. */
  readonly takesOver?: boolean;
  /** It carries out this step and ends. */
  readonly onlyStep?: string;
}

/** Runners that this window started. They live on without it, if that is wished. */
export class BackgroundRuns {
  constructor(
    private readonly program: () => Promise<Program>,
    private readonly logs: vscode.Uri,
    private readonly report: (message: string) => void,
    private readonly daemon: Daemon,
  ) {}

  async start(sessionId: number, folder: string, { takesOver = false, onlyStep }: BackgroundOptions = {}): Promise<void> {
    const logFile = path.join(this.logs.fsPath, `session-${sessionId}.log`);
    const program = await this.program();
    const words = [
      ...(takesOver ? ["--mode", "agentic"] : []),
      ...(onlyStep === undefined ? [] : ["--only-step", onlyStep]),
      ...(endsWithoutEditor() ? ["--while-editor"] : []),
    ];
    const { ended } = await startRunner({ program, sessionId, folder, logFile, words });
    this.report(`Session ${sessionId} runs in the background; its runner writes to ${logFile}.`);
    ended.then((end) => this.ended(sessionId, logFile, end)).catch((error: unknown) => this.report(sentenceOf(error)));
  }

  private async ended(sessionId: number, logFile: string, { code, signal, sentence }: RunnerEnd): Promise<void> {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    this.report(`The runner of session ${sessionId} ended ${how}.`);
    if (code === 0 || code === INTERRUPTED) {
      return;
    }
    if (code === ANSWER_NEEDED) {
      return this.offerToGoOn(sessionId);
    }
    const words = code === null ? `its runner ended ${how}, and it waits where it was.` : (sentence ?? `its runner ended ${how}.`);
    const message = code === FAILED ? await this.sentenceOfFailure(sessionId) : `Session ${sessionId} does not run: ${words}`;
    const showLog = "Show Runner Log";
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) {
      await vscode.window.showTextDocument(vscode.Uri.file(logFile));
    }
  }

  private async sentenceOfFailure(sessionId: number): Promise<string> {
    const { session } = await this.daemon.call("session/get", { sessionId, limit: 1 });
    const { status, failureReason } = session;
    return `Session ${sessionId} ${status === "failed" ? "has failed" : `is ${status}`}${failureReason === null ? "." : `: ${failureReason}`}`;
  }

  /** Nobody is told again of what waits for an answer. It may have been answered before its runner ended; whoever did so mostly runs it on, too. */
  private async offerToGoOn(sessionId: number): Promise<void> {
    const { session } = await this.daemon.call("session/get", { sessionId, limit: 1 });
    if ((await isAsking(this.daemon, sessionId)) || (await isTakenUp(this.daemon, session))) {
      return;
    }
    const run = "Run Session";
    if ((await vscode.window.showInformationMessage(`Session ${sessionId} was answered and can go on.`, run)) === run) {
      await vscode.commands.executeCommand("treadle.runSession", sessionId);
    }
  }
}
