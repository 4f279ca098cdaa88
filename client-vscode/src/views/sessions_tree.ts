import * as vscode from "vscode";
import type { AskView, SessionHead } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import { agentStepOf, type Group, groupOf } from "../sessions/groups";
import type { SessionList } from "../sessions/session_list";
import { countWaiting, type GroupNode, type SessionNode, treeOf } from "../sessions/tree";
import { agoOf, childrenOf, GROUP_TITLES, holderOf, type Names, shortTitleOf, titleOf, usageOf, whereOf } from "../sessions/words";

interface MoreNode {
  readonly kind: "more";
}

export type TreeNode = GroupNode | SessionNode | MoreNode;

const GROUP_ICONS: Readonly<Record<Exclude<Group, "finished">, [string, string]>> = {
  waiting: ["bell-dot", "charts.yellow"],
  running: ["sync~spin", "charts.blue"],
  paused: ["debug-pause", "charts.purple"],
};
const ASKING_ICON = ["question", "charts.yellow"] as const;
const STATUS_ICONS: Readonly<Record<SessionHead["status"], [string, string]>> = {
  active: ["circle-outline", "foreground"],
  complete: ["pass", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  cancelled: ["circle-slash", "disabledForeground"],
};

/** The sessions of the project, by what they want of the person; it follows the model by itself. */
export class SessionsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    private readonly sessions: SessionList,
    private readonly names: Names & { changes: SessionList["changes"] },
    private readonly asks: AskList,
  ) {
    this.view = vscode.window.createTreeView<TreeNode>("treadle.sessions", { treeDataProvider: this });
    this.disposables = [
      this.view,
      this.changed,
      sessions.changes.listen(() => this.refresh()),
      names.changes.listen(() => this.refresh()),
      asks.changes.listen(() => this.refresh()),
    ];
  }

  /** Above the sessions; the view's welcome is shown only without one. */
  set message(sentence: string) {
    this.view.message = sentence;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) {
      return treeOf(this.sessions.sessions, Date.now());
    }
    if (node.kind === "group") {
      const more: MoreNode[] = node.group === "finished" && this.sessions.hasMore ? [{ kind: "more" }] : [];
      return [...node.sessions, ...more];
    }
    return node.kind === "session" ? [...node.children] : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case "group":
        return groupItem(node);
      case "more":
        return moreItem();
      case "session":
        return sessionItem(node, this.names, Date.now(), this.asks.of(node.head.id));
    }
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private refresh(): void {
    const waiting = countWaiting(this.sessions.sessions, Date.now());
    this.view.badge =
      waiting === 0 ? undefined : { value: waiting, tooltip: `${waiting} Treadle ${waiting === 1 ? "session waits" : "sessions wait"} to be run` };
    this.changed.fire(undefined);
  }
}

function groupItem({ group, sessions }: GroupNode): vscode.TreeItem {
  const item = new vscode.TreeItem(GROUP_TITLES[group], vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${group}`;
  item.description = String(sessions.length);
  item.contextValue = `group.${group}`;
  item.accessibilityInformation = { label: `${GROUP_TITLES[group]}, ${sessions.length} sessions` };
  return item;
}

function moreItem(): vscode.TreeItem {
  const item = new vscode.TreeItem("Load more…");
  item.id = "more";
  item.command = { command: "treadle.loadMoreSessions", title: "Load More Sessions" };
  return item;
}

function sessionItem(
  { head, children, isQueued }: SessionNode,
  names: Names,
  now: number,
  asks: readonly AskView[],
): vscode.TreeItem {
  const group = groupOf(head, now);
  const title = titleOf(head, names);
  const where = isQueued ? "queued" : whereOf(head, now, asks);
  const when = group === "finished" ? `${where} ${agoOf(head.updatedAt, now)}` : where;
  const family = childrenOf(children.map((child) => child.head));
  const state = family === null ? when : `${when} · ${family}`;
  const spoken = isQueued ? state : `${GROUP_TITLES[group]}, ${state}`;
  const { name, kind } = shortTitleOf(head, names);
  const item = new vscode.TreeItem(
    name,
    children.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded,
  );
  item.id = `session:${head.id}`;
  item.description = `${state} · ${kind}`;
  item.iconPath = isQueued ? themed(STATUS_ICONS.active) : iconOf(head, group);
  item.contextValue = `session.${isAsking(head, group) ? "asking" : group}${agentStepOf(head, now) === null ? "" : ".agent"}`;
  item.tooltip = tooltipOf(head, title, where, now);
  item.accessibilityInformation = { label: `Session ${head.id}, ${title}, ${spoken}` };
  item.command = { command: "treadle.showTimeline", title: "Show Timeline", arguments: [head.id] };
  return item;
}

function iconOf(head: SessionHead, group: Group): vscode.ThemeIcon {
  if (isAsking(head, group)) {
    return themed(ASKING_ICON);
  }
  return themed(group === "finished" ? STATUS_ICONS[head.status] : GROUP_ICONS[group]);
}

function isAsking(head: SessionHead, group: Group): boolean {
  return group === "waiting" && head.openAskCount > 0;
}

function themed([icon, color]: readonly [string, string]): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

function tooltipOf(head: SessionHead, title: string, where: string, now: number): string {
  const holder = holderOf(head, now);
  const usage = usageOf(head);
  return [
    `${title} (session ${head.id})`,
    where,
    ...(head.failureReason === null ? [] : [head.failureReason]),
    ...(holder === null ? [] : [`Runs in ${holder}`]),
    `${head.executionMode} · ${head.environment} · ${head.interactionCount} steps · ${head.eventCount} events`,
    ...(usage === null ? [] : [`Agent: ${usage}`]),
    `Started ${agoOf(head.insertedAt, now)}`,
  ].join("\n");
}
