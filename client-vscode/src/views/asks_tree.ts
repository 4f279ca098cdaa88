import * as vscode from "vscode";
import type { AskKind, AskView } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import { circumstancesOf, exactOf, shortAsk } from "../sessions/ask_words";
import type { NameBook } from "../sessions/names";
import type { SessionList } from "../sessions/session_list";
import { agoOf, titleOf } from "../sessions/words";
import { RowClick } from "./row_click";

/** A row, and what the commands on it get. */
export interface AskNode {
  readonly ask: AskView;
}

const ICONS: Readonly<Record<AskKind, string>> = { permission: "shield", question: "question", stall: "watch", budget: "credit-card" };

const OPEN_ROW = "treadle.asks.openRow";

/** What waits for an answer, oldest first. The view is there while there is something in it. */
export class AsksTree implements vscode.TreeDataProvider<AskNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<AskNode>;
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    private readonly asks: AskList,
    private readonly sessions: SessionList,
    private readonly names: NameBook,
  ) {
    this.view = vscode.window.createTreeView<AskNode>("treadle.asks", { treeDataProvider: this });
    this.disposables = [
      this.view,
      this.changed,
      new RowClick(this.view, OPEN_ROW, () => "treadle.showAsk"),
      ...[asks.changes, sessions.changes, names.changes].map((changes) => changes.listen(() => this.refresh())),
    ];
  }

  getChildren(node?: AskNode): AskNode[] {
    return node === undefined ? this.asks.asks.map((ask) => ({ ask })) : [];
  }

  getTreeItem({ ask }: AskNode): vscode.TreeItem {
    const head = this.sessions.get(ask.sessionId);
    const session = head === undefined ? `session ${ask.sessionId}` : `${titleOf(head, this.names)} #${head.id}`;
    const ago = agoOf(ask.askedAt, Date.now());
    const item = new vscode.TreeItem(shortAsk(ask));
    item.id = `ask:${ask.id}`;
    item.description = `${session} · ${ago}`;
    item.iconPath = new vscode.ThemeIcon(ICONS[ask.kind], new vscode.ThemeColor("charts.yellow"));
    item.contextValue = `ask.${ask.kind}`;
    item.tooltip = tooltipOf(ask, session);
    item.accessibilityInformation = { label: `Ask ${ask.id}, ${ask.kind}, ${shortAsk(ask)}, ${session}, ${ago}` };
    item.command = { command: OPEN_ROW, title: "Show What Is Asked" };
    return item;
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private refresh(): void {
    const { length } = this.asks.asks;
    const tooltip = length === 1 ? "1 ask waits for an answer" : `${length} asks wait for an answer`;
    this.view.badge = length === 0 ? undefined : { value: length, tooltip };
    this.changed.fire(undefined);
  }
}

function tooltipOf(ask: AskView, session: string): vscode.MarkdownString {
  const exact = exactOf(ask);
  const tooltip = new vscode.MarkdownString().appendText(ask.question).appendMarkdown("\n\n");
  if (exact !== null) {
    tooltip.appendCodeblock(exact.text, exact.language).appendMarkdown("\n\n");
  }
  return tooltip.appendText([`Ask ${ask.id} · ${session}`, ...circumstancesOf(ask)].join("\n"));
}
