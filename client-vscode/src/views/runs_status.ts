import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { isRunning } from "../sessions/readiness";
import type { SessionList } from "../sessions/session_list";
import { type Names, titleOf, whereOf } from "../sessions/words";

const MOST = 10;

/** What runs, in the status bar, whoever started it; nothing when nothing does. */
export class RunsStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("treadle.runs", vscode.StatusBarAlignment.Left, 51);
  private readonly listening: { dispose(): unknown };

  constructor(
    private readonly sessions: SessionList,
    private readonly names: Names,
  ) {
    this.item.name = "Treadle Runs";
    this.listening = sessions.changes.listen(() => this.refresh());
  }

  dispose(): void {
    this.listening.dispose();
    this.item.dispose();
  }

  private refresh(): void {
    const now = Date.now();
    const running = this.sessions.sessions.filter((head) => isRunning(head, now));
    void vscode.commands.executeCommand("setContext", "treadle.isRunning", running.length > 0);
    const [one] = running;
    if (one === undefined) {
      this.item.hide();
      return;
    }
    const words = running.length === 1 ? `${whereOf(one, now)} #${one.id}` : `${running.length} sessions run`;
    this.item.text = `$(sync~spin) ${words}`;
    this.item.tooltip = this.tooltip(running, now);
    this.item.command = { command: "treadle.showTimeline", title: "Open Timeline", arguments: running.length === 1 ? [one.id] : [] };
    this.item.accessibilityInformation = { label: `Treadle: ${words}`, role: "button" };
    this.item.show();
  }

  private tooltip(running: readonly SessionHead[], now: number): vscode.MarkdownString {
    const text = new vscode.MarkdownString("", true);
    text.isTrusted = { enabledCommands: ["treadle.showTimeline", "treadle.pause", "treadle.stop"] };
    for (const head of running.slice(0, MOST)) {
      text.appendText(`${titleOf(head, this.names)} #${head.id}: ${whereOf(head, now)}`);
      text.appendMarkdown(` — ${link("Open Timeline", "showTimeline", head)} · ${link("Pause", "pause", head)} · ${link("Stop", "stop", head)}\n\n`);
    }
    return text;
  }
}

function link(title: string, command: string, { id }: SessionHead): string {
  return `[${title}](command:treadle.${command}?${encodeURIComponent(JSON.stringify([id]))})`;
}
