import * as vscode from "vscode";
import { addressOfSession, sessionAt, type SessionPlace } from "../sessions/session_places";
import { titleOf } from "../sessions/words";
import { problemHtml } from "./timeline_html";
import { TimelinePanel } from "./timeline_panel";
import type { TimelineSurroundings } from "./timeline_surroundings";

const TIMELINE_EDITOR = "treadle.timeline";

interface SessionDocument extends vscode.CustomDocument {
  /** Null: the address names no session. */
  readonly place: SessionPlace | null;
}

/** The editor of a session: a tab like that of a file, so it is split, moved and restored by VS Code itself. */
export class TimelineEditors implements vscode.CustomReadonlyEditorProvider<SessionDocument>, vscode.Disposable {
  private readonly panels = new Map<number, Set<TimelinePanel>>();
  /** The step with which a tab that is about to open begins. */
  private readonly wanted = new Map<number, string>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly surroundings: TimelineSurroundings) {
    this.registration = vscode.window.registerCustomEditorProvider(TIMELINE_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  async show(sessionId: number, stepId?: string): Promise<void> {
    const [open] = [...(this.panels.get(sessionId) ?? [])].sort((one, other) => Number(other.panel.active) - Number(one.panel.active));
    if (open !== undefined) {
      open.panel.reveal();
      open.showStep(stepId);
      return;
    }
    if (stepId !== undefined) {
      this.wanted.set(sessionId, stepId);
    }
    const { daemon, names } = this.surroundings;
    const { session } = await daemon.call("session/get", { sessionId, limit: 1 });
    const uri = vscode.Uri.from(addressOfSession(session, titleOf(session, names)));
    await vscode.commands.executeCommand("vscode.openWith", uri, TIMELINE_EDITOR, { preview: false });
  }

  openCustomDocument(uri: vscode.Uri): SessionDocument {
    return { uri, place: sessionAt(uri), dispose: () => undefined };
  }

  resolveCustomEditor({ uri, place }: SessionDocument, panel: vscode.WebviewPanel): void {
    if (place === null) {
      panel.webview.html = problemHtml(`${uri.toString(true)} is no session of Treadle.`);
      return;
    }
    const { sessionId } = place;
    const shown = new TimelinePanel(panel, place, this.surroundings);
    const panels = this.panels.get(sessionId) ?? new Set();
    this.panels.set(sessionId, panels.add(shown));
    panel.onDidDispose(() => {
      shown.dispose();
      panels.delete(shown);
    });
    shown.showStep(this.wanted.get(sessionId));
    this.wanted.delete(sessionId);
  }

  dispose(): void {
    this.registration.dispose();
    for (const { panel } of [...this.panels.values()].flatMap((panels) => [...panels])) {
      panel.dispose();
    }
  }
}
