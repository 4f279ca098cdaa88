import * as vscode from "vscode";
import { checkedFromPage, type FromPage, type StepView, type ToPage } from "../../webview/messages";
import type { SessionPlace } from "../sessions/session_places";
import { stepOfInterest } from "../sessions/step_of_interest";
import { Timeline, type TimelineChange } from "../sessions/timeline";
import { titleOf } from "../sessions/words";
import { ESSENTIAL } from "./blocks";
import { entriesOf } from "./interlude_page";
import { isShown } from "./kinds";
import { type Page, PageRequests } from "./page_requests";
import { RowFeed } from "./row_feed";
import { headerOf } from "./session_header";
import { endsOf } from "./step_page";
import { pageHtml } from "./timeline_html";
import { rowsOf, type RowSource } from "./timeline_rows";
import type { TimelineSurroundings } from "./timeline_surroundings";

/** The page of one session: its model on one side, the webview on the other. */
export class TimelinePanel implements vscode.Disposable, Page {
  private readonly timeline: Timeline;
  private readonly requests: PageRequests;
  private readonly feed = new RowFeed();
  private readonly sentSteps = new Map<string, string>();
  /** Steps that the page has opened. */
  private readonly opened = new Set<string>();
  private readonly disposables: { dispose(): unknown }[];
  /** A step to be shown as soon as the page knows it. */
  private wanted: string | null = null;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly place: SessionPlace,
    private readonly surroundings: TimelineSurroundings,
  ) {
    const { daemon, names, asks, extensionUri } = surroundings;
    this.timeline = new Timeline(daemon, place.sessionId);
    this.requests = new PageRequests(this.timeline, this, surroundings);
    this.disposables = [
      this.timeline,
      this.timeline.changes.listen((change) => this.show(change)),
      this.timeline.problems.listen((error) => surroundings.report(error)),
      names.changes.listen(() => this.showSession()),
      asks.changes.listen(() => this.showAsks()),
      daemon.states.listen(() => this.showConnection()),
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
    ];
    const built = vscode.Uri.joinPath(extensionUri, "dist", "webview");
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "treadle.svg");
    panel.webview.options = { enableScripts: true, localResourceRoots: [built] };
    panel.webview.html = pageHtml(panel.webview, built, place.sessionId);
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  showStep(stepId: string | undefined): void {
    this.wanted = stepId ?? null;
    this.showWanted();
  }

  sourcesOf(stepId: string): readonly RowSource[] {
    const { timeline } = this;
    const interaction = timeline.interactions.find(({ id }) => id === stepId);
    const events = timeline.window(stepId);
    if (events === undefined) {
      return [];
    }
    const rows = rowsOf(events.events, this.surroundings.asks.of(timeline.sessionId));
    if (interaction === undefined) {
      return rows;
    }
    const { begin, end } = endsOf(interaction, Date.now(), events.events);
    return [...(events.hasEarlier ? [] : this.shown(begin)), ...rows, ...(events.hasLater ? [] : this.shown(end))];
  }

  private shown(sources: readonly RowSource[]): readonly RowSource[] {
    const { types } = this.timeline;
    return types === null ? sources : sources.filter((source) => isShown(source.make(ESSENTIAL)?.kind ?? "state", types));
  }

  goTo(stepId: string, rowId: string | null): void {
    this.post({ kind: "goTo", stepId, rowId });
  }

  found(text: string, isFound: boolean): void {
    this.post({ kind: "found", text, isFound });
  }

  begin(stepId: string): void {
    this.feed.forget(stepId);
    this.opened.add(stepId);
  }

  forget(stepId: string): void {
    this.opened.delete(stepId);
  }

  private receive(message: unknown): void {
    const checked = checkedFromPage(message);
    if ("problem" in checked) {
      this.surroundings.report(new Error(checked.problem));
      return;
    }
    this.fulfil(checked.message).catch((error: unknown) => this.surroundings.report(error));
  }

  private async fulfil(message: FromPage): Promise<unknown> {
    return message.kind === "ready" ? this.beginAnew() : this.requests.fulfil(message);
  }

  /** The page is new: it was just opened, or it was hidden and its tab is looked at again. */
  private async beginAnew(): Promise<void> {
    this.opened.clear();
    this.timeline.isFollowed = false;
    this.sentSteps.clear();
    this.showConnection();
    if (this.timeline.session === null) {
      await this.timeline.load();
      await this.timeline.readWhole();
    } else {
      this.showSession();
    }
  }

  private show(change: TimelineChange): void {
    switch (change.kind) {
      case "session":
        return this.showSession();
      case "gone":
        return this.post({ kind: "notice", sentence: change.sentence });
      case "events":
        return this.showSection(change.interactionId);
    }
  }

  private showSection(stepId: string): void {
    const events = this.opened.has(stepId) ? this.timeline.window(stepId) : undefined;
    if (events !== undefined) {
      const { hasEarlier, hasLater } = events;
      for (const section of this.feed.sections(stepId, this.sourcesOf(stepId), { hasEarlier, hasLater })) {
        this.post({ kind: "section", section });
      }
    }
  }

  private showAsks(): void {
    this.showSession();
    this.opened.forEach((id) => this.showSection(id));
  }

  private showSession(): void {
    const { session: head, interactions, sources, files } = this.timeline;
    if (head === null) {
      return;
    }
    const { names, asks } = this.surroundings;
    if (this.place.uid !== null && this.place.uid !== head.uid) {
      this.post({ kind: "notice", sentence: `The session of this tab is not in this database any more. Session ${head.id} is another one now.` });
      return;
    }
    const now = Date.now();
    const steps = entriesOf(interactions, this.timeline.interludes.all, now);
    const changed = steps.filter((step) => this.isNews(step));
    this.panel.title = `${titleOf(head, names)} #${head.id}`;
    this.post({
      kind: "session",
      header: headerOf({ head, interactions, type: names.typeOf(head), names, now, asks: asks.of(head.id), sources, files }),
      order: steps.map(({ id }) => id),
      steps: changed,
      openStep: stepOfInterest(interactions, head)?.id ?? null,
    });
    // What came of a step stands below its events.
    changed.forEach(({ id }) => this.showSection(id));
    this.showWanted();
  }

  private isNews(step: StepView): boolean {
    const text = JSON.stringify(step);
    const isNews = this.sentSteps.get(step.id) !== text;
    this.sentSteps.set(step.id, text);
    return isNews;
  }

  private showWanted(): void {
    const { wanted, timeline } = this;
    if (wanted !== null && timeline.session !== null && timeline.interactions.some(({ id }) => id === wanted)) {
      this.wanted = null;
      this.goTo(wanted, null);
    }
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
}
