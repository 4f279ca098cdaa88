import path from "node:path";
import * as vscode from "vscode";
import { loginEnvironment } from "./executors/login_environment";
import { type RunnerEnd, startRunner } from "./executors/runner";
import { currentProgram } from "./settings";

const FAILED = 1;
const INTERRUPTED = 130;

/** Runners that this window started. They live on without it. */
export class BackgroundRuns {
  private environment: Promise<NodeJS.ProcessEnv> | null = null;

  constructor(
    private readonly logs: vscode.Uri,
    private readonly report: (message: string) => void,
  ) {}

  async start(sessionId: number, folder: string): Promise<void> {
    this.environment ??= loginEnvironment(process.env);
    const logFile = path.join(this.logs.fsPath, `session-${sessionId}.log`);
    const program = currentProgram(await this.environment);
    const { ended } = await startRunner({ program, sessionId, folder, logFile });
    this.report(`Session ${sessionId} runs in the background; its runner writes to ${logFile}.`);
    void ended.then((end) => this.ended(sessionId, logFile, end));
  }

  private async ended(sessionId: number, logFile: string, { code, sentence }: RunnerEnd): Promise<void> {
    this.report(`The runner of session ${sessionId} ended with exit code ${code ?? "none"}.`);
    if (code === 0 || code === INTERRUPTED || code === null) {
      return;
    }
    const words = sentence ?? `exit code ${code}`;
    const message = code === FAILED ? words : `Session ${sessionId} does not run: ${words}`;
    const showLog = "Show Runner Log";
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) {
      await vscode.window.showTextDocument(vscode.Uri.file(logFile));
    }
  }
}
