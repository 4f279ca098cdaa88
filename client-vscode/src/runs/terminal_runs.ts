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
/** For a run to say its last words. */
const ENDING_MS = 10_000;
/** For a shell to come to its prompt after all. */
const READING_MS = 3_600_000;

/** As a shell takes them, the program first. */
type Words = readonly [string, ...string[]];

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
  /** What runs of one step, and no other, are carrying out. */
  private readonly onlySteps = new Map<vscode.Terminal, string>();
  private readonly runEnded = new vscode.EventEmitter<vscode.Terminal>();
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
  async show(head: SessionHead): Promise<boolean> {
    await this.lastWords(head);
    const terminal = terminalOf(head.id);
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
    this.runEnded.dispose();
  }

  private async begin(run: Run): Promise<void> {
    if (await this.show(run.head)) {
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
      void this.type(run, terminal, integration, typed);
      return;
    }
    this.busy.delete(terminal);
    this.isWithoutIntegration = terminal.exitStatus === undefined;
    if (this.isWithoutIntegration) {
      const type = (late: vscode.TerminalShellIntegration): void => void this.type(run, terminal, late, typed);
      void this.withoutIntegration(terminal, type, () => this.startOwn(run, program, words));
    }
  }

  /** The session waits for another step than that which a run of one step has here: so that run is about to end. */
  private async lastWords({ id, pendingInteraction }: SessionHead): Promise<void> {
    const terminal = terminalOf(id);
    const step = terminal && this.onlySteps.get(terminal);
    if (step === undefined || pendingInteraction === null || pendingInteraction.id === step) {
      return;
    }
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        listening.dispose();
        resolve();
      };
      const timer = setTimeout(settle, ENDING_MS);
      const listening = this.runEnded.event((ended) => ended === terminal && settle());
    });
  }

  private async type(run: Run, terminal: vscode.Terminal, integration: vscode.TerminalShellIntegration, [file, ...rest]: Words): Promise<void> {
    const { head } = run;
    this.busy.add(terminal);
    this.report(`Session ${head.id}: ${[file, ...rest].join(" ")}`);
    this.begun(terminal, run);
    // A shell that has read an Escape takes the next character for a part of it: here a blank, which nobody misses.
    const code = await endOf(integration.executeCommand(` ${file}`, rest), terminal);
    this.hasEnded(terminal);
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

  private begun(terminal: vscode.Terminal, { manner }: Run): void {
    if (typeof manner === "object") {
      this.onlySteps.set(terminal, manner.onlyStep);
    }
  }

  private hasEnded(terminal: vscode.Terminal): void {
    this.busy.delete(terminal);
    this.onlySteps.delete(terminal);
    this.runEnded.fire(terminal);
  }

  private startOwn(run: Run, { argv, env }: Program, words: readonly string[]): void {
    const { head, folder } = run;
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
    this.begun(terminal, run);
    terminal.show();
  }

  /** A shell that comes to its prompt after all, while the person reads, has it typed: `type`. */
  private async withoutIntegration(shell: vscode.Terminal, type: (late: vscode.TerminalShellIntegration) => void, startOwn: () => void): Promise<void> {
    const sentence =
      "The shell of this terminal does not tell when a command ends (it has no shell integration), so steps cannot be run in it. They can run in a terminal of their own.";
    const asked = wantsOwnTerminals() ? OWN : vscode.window.showWarningMessage(sentence, OWN, ALWAYS, LEARN_MORE);
    const comesLate = async (): Promise<vscode.TerminalShellIntegration | string | undefined> => (await integrationOf(shell, READING_MS)) ?? asked;
    const chosen = await Promise.race([asked, comesLate()]);
    if (typeof chosen === "object") {
      this.isWithoutIntegration = false;
      if (!this.busy.has(shell)) {
        type(chosen); // unless the person has asked for it again meanwhile, which waits for the same
      }
    } else if (chosen === LEARN_MORE) {
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
    this.hasEnded(terminal);
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
