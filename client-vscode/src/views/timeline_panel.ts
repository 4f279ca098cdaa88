import path from "node:path";
import * as vscode from "vscode";
import type { Action, FromPage, ToPage } from "../../webview/messages";
import type { Daemon } from "../daemon/client";
import type { AskList } from "../sessions/ask_list";
import type { NameBook } from "../sessions/names";
import { Timeline, type TimelineChange } from "../sessions/timeline";
import { titleOf } from "../sessions/words";
import { rowOf } from "./event_rows";
import { headerOf, stepViewOf } from "./session_page";
import { pageHtml } from "./timeline_html";

export const TIMELINE_VIEW = "treadle.timeline";
const COMMANDS: Readonly<Record<Action, string>> = {
  run: "treadle.runSession",
  answer: "treadle.answer",
  say: "treadle.say",
};

export interface TimelineSurroundings {
  readonly extensionUri: vscode.Uri;
  readonly daemon: Daemon;
  readonly names: NameBook;
  readonly asks: AskList;
  report(error: unknown): void;
}

/** The page of one session: its model on one side, the webview on the other. */
export class TimelinePanel implements vscode.Disposable {
  private readonly timeline: Timeline;
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly sessionId: number,
    private readonly surroundings: TimelineSurroundings,
  ) {
    const { daemon, names, asks, extensionUri } = surroundings;
    this.timeline = new Timeline(daemon, sessionId);
    this.disposables = [
      this.timeline,
      this.timeline.changes.listen((change) => this.show(change)),
      this.timeline.problems.listen((error) => surroundings.report(error)),
      names.changes.listen(() => this.showSession()),
      asks.changes.listen(() => this.showSession()),
      daemon.states.listen(() => this.showConnection()),
      panel.webview.onDidReceiveMessage((message: FromPage) => void this.answer(message)),
    ];
    const built = vscode.Uri.joinPath(extensionUri, "dist", "webview");
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "treadle.svg");
    panel.webview.options = { enableScripts: true, localResourceRoots: [built] };
    panel.webview.html = pageHtml(panel.webview, built, sessionId);
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private async answer(message: FromPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.showConnection();
        return this.timeline.load();
      case "openStep":
        return this.timeline.open(message.stepId);
      case "loadEarlier":
        return this.timeline.loadEarlier(message.stepId);
      case "openFile":
        return this.openFile(message.path);
      case "openSession":
        await vscode.commands.executeCommand("treadle.showTimeline", message.sessionId);
        return;
      case "act":
        await vscode.commands.executeCommand(COMMANDS[message.action], this.sessionId);
    }
  }

  private show(change: TimelineChange): void {
    switch (change.kind) {
      case "session":
        return this.showSession();
      case "gone":
        return this.post({ kind: "notice", sentence: change.sentence });
      case "events": {
        const { interactionId: stepId, how, events } = change;
        const hasEarlier = this.timeline.hasEarlier(stepId);
        return this.post({ kind: "events", stepId, how, rows: events.map(rowOf), hasEarlier });
      }
    }
  }

  private showSession(): void {
    const { session, interactions } = this.timeline;
    if (session === null) {
      return;
    }
    const { names, asks } = this.surroundings;
    const now = Date.now();
    this.panel.title = `${titleOf(session, names)} #${session.id}`;
    this.post({
      kind: "session",
      sessionId: session.id,
      header: headerOf(session, interactions, names.sessionTypes.get(session.type), names, now, asks.of(session.id)),
      steps: interactions.map((interaction) => stepViewOf(interaction, now)),
      openStep: this.timeline.stepOfInterest()?.id ?? null,
    });
  }

  private showConnection(): void {
    const { state } = this.surroundings.daemon;
    const sentence =
      state.kind === "ready"
        ? null
        : state.kind === "failed"
          ? state.error.message
          : "Connecting to the Treadle daemon …";
    this.post({ kind: "notice", sentence });
  }

  private post(message: ToPage): void {
    void this.panel.webview.postMessage(message);
  }

  private async openFile(file: string): Promise<void> {
    const { state } = this.surroundings.daemon;
    const root = state.kind === "ready" ? state.project?.root : undefined;
    if (root === undefined) {
      return;
    }
    try {
      await vscode.window.showTextDocument(vscode.Uri.file(path.resolve(root, file)), { preview: true });
    } catch (error) {
      this.surroundings.report(error);
      void vscode.window.showWarningMessage(`${file} cannot be opened. It may have been deleted since.`);
    }
  }
}
