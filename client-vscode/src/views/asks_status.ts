import * as vscode from "vscode";
import type { AskList } from "../sessions/ask_list";
import { shortAsk } from "../sessions/ask_words";

const MOST = 10;

/** How much waits for an answer, in the status bar; nothing when nothing does. */
export class AsksStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("treadle.asks", vscode.StatusBarAlignment.Left, 50);
  private readonly listening: { dispose(): unknown };

  constructor(private readonly asks: AskList) {
    this.item.name = "Treadle Asks";
    this.item.command = "treadle.answer";
    this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
    this.listening = asks.changes.listen(() => this.refresh());
  }

  dispose(): void {
    this.listening.dispose();
    this.item.dispose();
  }

  private refresh(): void {
    const { asks } = this.asks;
    if (asks.length === 0) {
      this.item.hide();
      return;
    }
    const words = asks.length === 1 ? "1 ask" : `${asks.length} asks`;
    const lines = asks.slice(0, MOST).map((ask) => `Session ${ask.sessionId}: ${shortAsk(ask)}`);
    this.item.text = `$(bell-dot) Treadle: ${words}`;
    this.item.tooltip = [...lines, ...(asks.length > MOST ? ["…"] : []), "Click to answer."].join("\n");
    this.item.accessibilityInformation = { label: `Treadle: ${words} for you to answer`, role: "button" };
    this.item.show();
  }
}
