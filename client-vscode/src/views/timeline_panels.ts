import * as vscode from "vscode";
import { TIMELINE_VIEW, TimelinePanel, type TimelineSurroundings } from "./timeline_panel";

/** One page for each session, brought to the front when it is asked for again, restored with the window. */
export class TimelinePanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly panels = new Map<number, TimelinePanel>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly surroundings: TimelineSurroundings) {
    this.registration = vscode.window.registerWebviewPanelSerializer(TIMELINE_VIEW, this);
  }

  show(sessionId: number): void {
    const existing = this.panels.get(sessionId);
    if (existing !== undefined) {
      existing.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(TIMELINE_VIEW, `Session #${sessionId}`, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, sessionId);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const sessionId =
      typeof state === "object" && state !== null && "sessionId" in state ? Number(state.sessionId) : Number.NaN;
    if (Number.isInteger(sessionId)) {
      this.adopt(panel, sessionId);
    } else {
      panel.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    for (const { panel } of [...this.panels.values()]) {
      panel.dispose();
    }
  }

  private adopt(panel: vscode.WebviewPanel, sessionId: number): void {
    const shown = new TimelinePanel(panel, sessionId, this.surroundings);
    this.panels.set(sessionId, shown);
    panel.onDidDispose(() => {
      shown.dispose();
      this.panels.delete(sessionId);
    });
  }
}
