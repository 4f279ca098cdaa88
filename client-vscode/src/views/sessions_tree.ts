import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import type { SourceView } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import type { FilteredSessions } from "../sessions/filtered_sessions";
import type { NameBook } from "../sessions/names";
import { projectsOf } from "../sessions/scope";
import { describeFilter } from "../sessions/session_filter";
import type { SessionList } from "../sessions/session_list";
import type { StepBook } from "../sessions/step_book";
import type { StepNode, StepsChange } from "../sessions/step_list";
import type { GroupNode, Repaint, SessionNode } from "../sessions/tree";
import { RowClick } from "./row_click";
import { groupItem, type Known, sessionItem, tooltipOf } from "./session_rows";
import { type MoreNode, moreItem, type Place, ShownRows } from "./shown_rows";
import { stepItem, stepsItem, type StepsNode } from "./step_rows";

export type TreeNode = Place | StepNode | MoreNode;

const OPEN_ROW = "treadle.sessions.openRow";

/** What the tree shows. */
export interface Shown {
  readonly sessions: SessionList;
  readonly filtered: FilteredSessions;
  readonly steps: StepBook;
  readonly names: NameBook;
  readonly asks: AskList;
  readonly daemon: Daemon;
}

/** The sessions of the window's projects, by what they want of the person; it follows the models by itself. */
export class SessionsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly disposables: { dispose(): unknown }[];
  private readonly rows = new ShownRows();
  private readonly stepsNodes = new WeakMap<SessionNode, StepsNode>();
  private asking: ReadonlySet<number> = new Set();
  private sentence = "";

  constructor(private readonly shown: Shown) {
    this.view = vscode.window.createTreeView<TreeNode>("treadle.sessions", { treeDataProvider: this, showCollapseAll: true });
    this.disposables = [
      this.view,
      this.changed,
      new RowClick(this.view, OPEN_ROW, ({ kind }) => (kind === "more" ? "treadle.loadMoreSessions" : "treadle.showTimeline")),
      this.view.onDidExpandElement(({ element }) => this.look(element, true)),
      this.view.onDidCollapseElement(({ element }) => this.look(element, false)),
      shown.filtered.repaints.listen((repaint) => this.repaint(repaint)),
      shown.asks.changes.listen(() => this.showAsks()),
      shown.steps.changes.listen(({ sessionId, change }) => this.showSteps(sessionId, change)),
    ];
    this.showFilter();
  }

  /** What is wrong, above the sessions. */
  set problem(sentence: string) {
    this.sentence = sentence;
    this.showMessage();
  }

  /** The row of a session that was just made or reopened, however many stand before it. */
  async reveal(sessionId: number): Promise<void> {
    const row = this.shown.filtered.tree.get(sessionId);
    if (row !== undefined && this.view.visible) {
      this.reach(row);
      await this.view.reveal(row, { select: true, focus: false });
    }
  }

  /** As many rows again as there are. */
  async showMore(row: unknown): Promise<void> {
    const { sessions, filtered } = this.shown;
    const place = (row as Partial<MoreNode> | undefined)?.place ?? filtered.tree.finished;
    this.rows.grow(place);
    const lacking = place.kind === "group" ? this.rows.limitOf(place) - place.sessions.length : 0;
    if (place === filtered.tree.finished && lacking > 0 && sessions.hasMore) {
      await vscode.window.withProgress({ location: { viewId: "treadle.sessions" } }, () =>
        filtered.isFiltered ? filtered.search() : sessions.loadMore(lacking),
      );
    }
    this.changed.fire(place === filtered.tree.finished && place.sessions.length === 0 ? undefined : [place]);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    const { tree } = this.shown.filtered;
    switch (node?.kind) {
      case undefined:
        return tree.finished.sessions.length > 0 ? tree.groups : [...tree.groups, ...this.unread(null)];
      case "group":
        return [...this.rows.newest(node, node.sessions), ...(node === tree.finished ? this.unread(node) : [])];
      case "session":
        return node.children.length === 0 ? this.stepsOf(node, node.head.id) : [...this.rows.newest(node, node.children), ...this.stepsNode(node)];
      case "steps":
        return this.stepsOf(node, node.session.head.id);
      default:
        return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case "session":
        return node.place;
      case "steps":
        return node.session;
      case "step":
        return this.placeOfSteps(node.sessionId);
      case "more":
        return node.place ?? undefined;
      case "group":
        return undefined;
    }
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = this.itemOf(node);
    if (node.kind !== "group" && node.kind !== "steps") {
      item.command = { command: OPEN_ROW, title: "Open" };
    }
    return item;
  }

  /** A session of a terminal says on a closer look what of it is heard. */
  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    if (node.kind === "session") {
      const sources = await this.sourcesOf(node.head.id);
      item.tooltip = tooltipOf(node.head, { ...this.known(node), sources });
    }
    return item;
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  /** Everything is painted: while the editor asks for all rows anew, which it does for one that moves, it forgets what is fired for some. */
  private reach(row: SessionNode): void {
    const { place } = row;
    if (this.rows.reach(place, (place.kind === "group" ? place.sessions : place.children).indexOf(row))) {
      this.changed.fire(undefined);
    }
  }

  private async stepsOf(place: Place, sessionId: number): Promise<TreeNode[]> {
    return this.rows.latest(place, await this.shown.steps.of(sessionId));
  }

  private stepsNode(session: SessionNode): StepsNode[] {
    if (session.head.interactionCount === 0) {
      return [];
    }
    const node = this.stepsNodes.get(session) ?? { kind: "steps", session };
    this.stepsNodes.set(session, node);
    return [node];
  }

  /** The row that brings sessions which are not loaded. One of rows that are loaded comes first. */
  private unread(place: GroupNode | null): MoreNode[] {
    const { sessions, filtered } = this.shown;
    const isCut = place !== null && place.sessions.length > this.rows.limitOf(place);
    if (!sessions.hasMore || isCut) {
      return [];
    }
    const about = `${sessions.byId.size.toLocaleString("en")} searched`;
    return [{ kind: "more", place, ...(filtered.isFiltered ? { label: "Search earlier sessions…", about } : { label: "Load more…", about: "" }) }];
  }

  private known({ head }: SessionNode): Known {
    const { names, asks, daemon } = this.shown;
    const projects = projectsOf(daemon);
    const project = projects.length < 2 ? null : (projects.find(({ id }) => id === head.projectId)?.name ?? null);
    return { names, now: Date.now(), asks: head.openAskCount === 0 ? [] : asks.of(head.id), sources: [], project, isOpen: this.shown.steps.isOpen(head.id) };
  }

  private async sourcesOf(sessionId: number): Promise<readonly SourceView[]> {
    try {
      return (await this.shown.daemon.call("session/get", { sessionId, limit: 1 })).sources;
    } catch {
      return []; // what is known already is shown all the same
    }
  }

  private itemOf(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case "group":
        return groupItem(node);
      case "more":
        return moreItem(node);
      case "session":
        return sessionItem(node, this.known(node));
      case "steps":
        return stepsItem(node, this.shown.steps.isOpen(node.session.head.id));
      case "step":
        return stepItem(node, Date.now());
    }
  }

  private look(node: TreeNode, isOpen: boolean): void {
    const sessionId = node.kind === "steps" ? node.session.head.id : node.kind === "session" && node.children.length === 0 ? node.head.id : null;
    if (sessionId !== null) {
      this.shown.steps[isOpen ? "open" : "close"](sessionId);
    }
  }

  private showFilter(): void {
    void vscode.commands.executeCommand("setContext", "treadle.isFiltered", this.shown.filtered.isFiltered);
    this.showMessage();
  }

  /**
   * A view that is the only one at its side has no head in which a description of the filter could be read. Where there are
   * no rows the view's welcome speaks, which is shown only without a message.
   */
  private showMessage(): void {
    const { filtered, names, sessions } = this.shown;
    const isFilterTold = filtered.isFiltered && (filtered.tree.groups.length > 0 || sessions.hasMore);
    const message = [this.sentence, isFilterTold ? `Filter: ${describeFilter(filtered.filter, names)}` : ""].join(" ").trim();
    if ((this.view.message ?? "") !== message) {
      this.view.message = message;
    }
  }

  private repaint(repaint: Repaint): void {
    const waiting = this.shown.filtered.tree.waiting.size;
    this.view.badge =
      waiting === 0 ? undefined : { value: waiting, tooltip: `${waiting} Treadle ${waiting === 1 ? "session waits" : "sessions wait"} to be run` };
    if (repaint === "all") {
      this.showFilter();
    }
    this.changed.fire(repaint === "all" ? undefined : [...repaint]);
  }

  private showSteps(sessionId: number, change: StepsChange): void {
    const place = this.placeOfSteps(sessionId);
    if (place !== undefined) {
      this.changed.fire(change === "all" ? [place] : [...change]);
    }
  }

  private placeOfSteps(sessionId: number): SessionNode | StepsNode | undefined {
    const session = this.shown.filtered.tree.get(sessionId);
    return session === undefined || session.children.length === 0 ? session : this.stepsNodes.get(session);
  }

  /** Of what is asked, and was before, the rows say it. */
  private showAsks(): void {
    const before = this.asking;
    this.asking = new Set(this.shown.asks.asks.map(({ sessionId }) => sessionId));
    const rows = [...new Set([...before, ...this.asking])].map((id) => this.shown.filtered.tree.get(id)).filter((row) => row !== undefined);
    if (rows.length > 0) {
      this.changed.fire(rows);
    }
  }
}
