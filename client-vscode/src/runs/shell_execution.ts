import * as vscode from "vscode";

/** A shell whose profile is long, or on a machine that is busy, needs some seconds until its first prompt. */
const PATIENCE_MS = 10_000;

/** What lets a command be typed in a terminal's shell; null: the shell has none, or does not come to its prompt. */
export function integrationOf(terminal: vscode.Terminal, patience = PATIENCE_MS): Promise<vscode.TerminalShellIntegration | null> {
  return new Promise((resolve) => {
    if (terminal.shellIntegration !== undefined) {
      resolve(terminal.shellIntegration);
      return;
    }
    const settle = (integration: vscode.TerminalShellIntegration | null): void => {
      clearTimeout(timer);
      listening.forEach((one) => void one.dispose());
      resolve(integration);
    };
    const listening = [
      vscode.window.onDidChangeTerminalShellIntegration((change) => change.terminal === terminal && settle(change.shellIntegration)),
      vscode.window.onDidCloseTerminal((closed) => closed === terminal && settle(null)),
    ];
    const timer = setTimeout(() => settle(null), patience);
  });
}

/** The exit code of what was typed; undefined: the shell tells none, or its terminal was closed. */
export function endOf(execution: vscode.TerminalShellExecution, terminal: vscode.Terminal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const settle = (code: number | undefined): void => {
      listening.forEach((one) => void one.dispose());
      resolve(code);
    };
    const listening = [
      vscode.window.onDidEndTerminalShellExecution((end) => end.execution === execution && settle(end.exitCode)),
      vscode.window.onDidCloseTerminal((closed) => closed === terminal && settle(undefined)),
    ];
  });
}
