import path from "node:path";
import * as vscode from "vscode";
import { loginEnvironment } from "./executors/login_environment";
import { type RunnerEnd, startRunner } from "./executors/runner";
import { type Question, shortQuestion } from "./sessions/question";
import { currentProgram } from "./settings";

const FAILED = 1;
const ANSWER_NEEDED = 9;
const INTERRUPTED = 130;
const QUESTION = 200;

/** Runners that this window started. They live on without it. */
export class BackgroundRuns {
  private environment: Promise<NodeJS.ProcessEnv> | null = null;

  constructor(
    private readonly logs: vscode.Uri,
    private readonly report: (message: string) => void,
    /** What a session asks now. */
    private readonly questionOf: (sessionId: number) => Promise<Question | null>,
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
    if (code === ANSWER_NEEDED) {
      return this.offerToAnswer(sessionId, words);
    }
    const message = code === FAILED ? words : `Session ${sessionId} does not run: ${words}`;
    const showLog = "Show Runner Log";
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) {
      await vscode.window.showTextDocument(vscode.Uri.file(logFile));
    }
  }

  /** The question may be of a session that this one lets run; then the person chooses which. */
  private async offerToAnswer(sessionId: number, words: string): Promise<void> {
    const question = await this.questionOf(sessionId);
    const message = question === null ? words : `Session ${sessionId} asks: ${shortQuestion(question, QUESTION)}`;
    const answer = "Answer…";
    if ((await vscode.window.showInformationMessage(message, answer)) === answer) {
      await vscode.commands.executeCommand("treadle.answer", question === null ? undefined : sessionId);
    }
  }
}
