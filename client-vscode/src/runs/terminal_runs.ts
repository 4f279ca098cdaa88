import path from "node:path";
import * as vscode from "vscode";
import type { Program } from "../daemon/program";
import { isShellBusy } from "../executors/processes";
import { runWords } from "../executors/runner";
import { shellWords } from "../executors/shell_words";
import type { SessionHead } from "../protocol";
import { sentenceOfEnd, sessionOfTerminal, terminalNameOf } from "../sessions/terminal_words";
import type { Names } from "../sessions/words";
import { rememberOwnTerminals, wantsOwnTerminals } from "../settings";
import { endOf, integrationOf } from "./shell_execution";

/** `asking`: the run asks before each step; `unasked`: it takes one after the other; `onlyStep`: that one and no other. */
export type Manner = "asking" | "unasked" | { readonly onlyStep: string };

const ABOUT_INTEGRATION = "https://code.visualstudio.com/docs/terminal/shell-integration";
const OWN = "Run in a Terminal of Its Own";
const ALWAYS = "Always";
const LEARN_MORE = "Learn More";

interface Run {
  readonly head: SessionHead;
  readonly folder: string;
  readonly manner: Manner;
}

/**
 * Terminals of this window in which a person works at a session: their own shell, in which each run is typed, or the run
 * itself where that is not possible. They are known by their names, for the editor brings them back by itself when it
 * reloads its window.
 */
export class TerminalRuns implements vscode.Disposable {
  private readonly listening: vscode.Disposable;
  /** Those whose shell executes a run, or is about to. */
  private readonly busy = new Set<vscode.Terminal>();
  private readonly starting = new Map<number, Promise<void>>();
  /** A shell of this window was waited for in vain. */
  private isWithoutIntegration = false;

  constructor(
    private readonly program: () => Promise<Program>,
    private readonly names: Names,
    private readonly report: (message: string) => void,
  ) {
    this.listening = vscode.window.onDidCloseTerminal((terminal) => this.closed(terminal));
  }

  /** In the session's terminal, which it gets without one. Where something goes on in it, it is only shown. */
  start(head: SessionHead, folder: string, manner: Manner = "asking"): Promise<void> {
    const begun = this.starting.get(head.id) ?? this.begin({ head, folder, manner }).finally(() => this.starting.delete(head.id));
    this.starting.set(head.id, begun);
    return begun;
  }

  /** Whether something goes on in the session's terminal here, which is then shown. */
  async show(sessionId: number): Promise<boolean> {
    const terminal = terminalOf(sessionId);
    if (terminal === undefined || !(await this.isBusy(terminal))) {
      return false;
    }
    terminal.show();
    return true;
  }

  /** A run in a terminal of its own ends in order, and its step waits for whoever goes on with it. A shell stays. */
  close(sessionId: number): void {
    const terminal = terminalOf(sessionId);
    if (terminal !== undefined && isRunItself(terminal)) {
      terminal.dispose();
    }
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async begin(run: Run): Promise<void> {
    if (await this.show(run.head.id)) {
      return;
    }
    const program = await this.program();
    const words = [...runWords(run.head.id, run.folder), "--mode", "manual", ...wordsOf(run.manner)];
    const typed = this.isWithoutIntegration && wantsOwnTerminals() ? null : shellWords([...program.argv, ...words], path.basename(vscode.env.shell));
    if (typed === null) {
      this.startOwn(run, program, words);
      return;
    }
    const terminal = terminalOf(run.head.id) ?? this.openShell(run, program);
    this.busy.add(terminal);
    terminal.show();
    const integration = await integrationOf(terminal);
    if (integration !== null) {
      const [file, ...rest] = typed;
      this.report(`Session ${run.head.id}: ${typed.join(" ")}`);
      // A shell that has read an Escape takes the next character for a part of it: here a blank, which nobody misses.
      void this.follow(run, terminal, integration.executeCommand(` ${file}`, rest));
      return;
    }
    this.busy.delete(terminal);
    this.isWithoutIntegration = terminal.exitStatus === undefined;
    if (this.isWithoutIntegration) {
      void this.withoutIntegration(terminal, () => this.startOwn(run, program, words));
    }
  }

  private async follow({ head }: Run, terminal: vscode.Terminal, execution: vscode.TerminalShellExecution): Promise<void> {
    const code = await endOf(execution, terminal);
    this.busy.delete(terminal);
    // A shell that tells no code has shown what there was to see.
    this.ended(head.id, code ?? 0);
  }

  private openShell({ head, folder }: Run, { env }: Program): vscode.Terminal {
    const { TREADLE_DATA_DIR: dataDir } = env;
    return vscode.window.createTerminal({
      name: terminalNameOf(head, this.names),
      cwd: folder,
      ...(dataDir === undefined ? {} : { env: { TREADLE_DATA_DIR: dataDir } }),
      iconPath: new vscode.ThemeIcon("comment-discussion"),
    });
  }

  private startOwn({ head, folder }: Run, { argv, env }: Program, words: readonly string[]): void {
    const [shellPath, ...first] = argv;
    const terminal = vscode.window.createTerminal({
      name: terminalNameOf(head, this.names),
      shellPath,
      shellArgs: [...first, ...words],
      cwd: folder,
      env,
      iconPath: new vscode.ThemeIcon("comment-discussion"),
    });
    this.report(`Session ${head.id} runs in the terminal “${terminal.name}”.`);
    terminal.show();
  }

  private async withoutIntegration(shell: vscode.Terminal, startOwn: () => void): Promise<void> {
    const sentence =
      "The shell of this terminal does not tell when a command ends (it has no shell integration), so steps cannot be run in it. They can run in a terminal of their own.";
    const chosen = wantsOwnTerminals() ? OWN : await vscode.window.showWarningMessage(sentence, OWN, ALWAYS, LEARN_MORE);
    if (chosen === LEARN_MORE) {
      await vscode.env.openExternal(vscode.Uri.parse(ABOUT_INTEGRATION));
    } else if (chosen !== undefined) {
      if (chosen === ALWAYS) {
        await rememberOwnTerminals();
      }
      shell.dispose();
      startOwn();
    }
  }

  private async isBusy(terminal: vscode.Terminal): Promise<boolean> {
    if (this.busy.has(terminal) || isRunItself(terminal)) {
      return true;
    }
    const shell = await terminal.processId;
    return shell !== undefined && isShellBusy(shell);
  }

  /** Who closes a terminal knows that it is closed; a program that ends takes what it said last with it. */
  private closed(terminal: vscode.Terminal): void {
    this.busy.delete(terminal);
    const sessionId = sessionOf(terminal);
    if (sessionId !== null && isRunItself(terminal) && terminal.exitStatus?.reason === vscode.TerminalExitReason.Process) {
      this.ended(sessionId, terminal.exitStatus.code);
    }
  }

  private ended(sessionId: number, code: number | undefined): void {
    this.report(`The run of session ${sessionId} in its terminal ended with exit code ${code ?? "unknown"}.`);
    const sentence = sentenceOfEnd(sessionId, code);
    if (sentence !== null) {
      void this.tell(sessionId, sentence);
    }
  }

  private async tell(sessionId: number, sentence: string): Promise<void> {
    const openTimeline = "Open Timeline";
    if ((await vscode.window.showErrorMessage(sentence, openTimeline)) === openTimeline) {
      await vscode.commands.executeCommand("treadle.showTimeline", sessionId);
    }
  }
}

function wordsOf(manner: Manner): readonly string[] {
  if (typeof manner === "object") {
    return ["--only-step", manner.onlyStep];
  }
  return manner === "unasked" ? ["--yes"] : [];
}

function terminalOf(sessionId: number): vscode.Terminal | undefined {
  return vscode.window.terminals.find((each) => each.exitStatus === undefined && sessionOf(each) === sessionId);
}

/** A person may have given it another name since. */
function sessionOf({ name, creationOptions }: vscode.Terminal): number | null {
  return sessionOfTerminal(creationOptions.name ?? "") ?? sessionOfTerminal(name);
}

/** Not a shell in which it is typed. */
function isRunItself({ creationOptions }: vscode.Terminal): boolean {
  const { shellArgs } = creationOptions as vscode.TerminalOptions;
  return Array.isArray(shellArgs) && shellArgs.includes("--session");
}
