import * as vscode from "vscode";
import type { AskView, SessionHead, SourceView } from "../protocol";
import { agentStepOf, type Group, groupOf, isClaimed, isInterrupted } from "../sessions/groups";
import type { GroupNode, SessionNode } from "../sessions/tree";
import { agoOf, childrenOf, GROUP_TITLES, holderOf, type Names, recordedFrom, shortTitleOf, titleOf, usageOf, whereOf } from "../sessions/words";
import { decorated } from "./session_decorations";
import { type Themed, themed } from "./themed";

const GROUP_ICONS: Readonly<Record<Exclude<Group, "finished">, Themed>> = {
  waiting: ["bell-dot", "charts.yellow"],
  running: ["sync~spin", "charts.blue"],
  paused: ["debug-pause", "charts.purple"],
};
const ASKING_ICON: Themed = ["question", "charts.yellow"];
const INTERRUPTED_ICON: Themed = ["warning", "list.warningForeground"];
const STATUS_ICONS: Readonly<Record<SessionHead["status"], Themed>> = {
  active: ["circle-outline", "foreground"],
  complete: ["pass", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  cancelled: ["circle-slash", "disabledForeground"],
};

/** What rows of sessions are told by besides the sessions themselves. */
export interface Known {
  readonly names: Names;
  readonly now: number;
  readonly asks: readonly AskView[];
  readonly sources: readonly SourceView[];
  /** Its name, where the window has several. */
  readonly project: string | null;
  /** Whether the person looks into it. */
  readonly isOpen: boolean;
}

export function groupItem({ group, sessions }: GroupNode): vscode.TreeItem {
  const item = new vscode.TreeItem(GROUP_TITLES[group], vscode.TreeItemCollapsibleState.Expanded);
  const count = sessions.length.toLocaleString("en");
  item.id = `group:${group}`;
  item.description = count;
  item.contextValue = `group.${group}`;
  item.accessibilityInformation = { label: `${GROUP_TITLES[group]}, ${count} ${sessions.length === 1 ? "session" : "sessions"}` };
  return item;
}

export function sessionItem(node: SessionNode, known: Known): vscode.TreeItem {
  const { head, isQueued } = node;
  const { names, now, asks, project } = known;
  const { name, kind } = shortTitleOf(head, names);
  const state = stateOf(node, known);
  const item = new vscode.TreeItem(name, collapsibleStateOf(node, known.isOpen));
  item.id = `session:${head.id}`;
  // What is last in a narrow view is cut off; how it stands the group and the icon say, too.
  item.description = [...(project === null ? [] : [project]), state, kind].join(" · ");
  item.iconPath = isQueued ? themed(STATUS_ICONS.active) : iconOf(head, now);
  item.contextValue = contextOf(head, isQueued, now);
  item.resourceUri = decorated(head, now);
  if (head.executionMode !== "manual") {
    item.tooltip = tooltipOf(head, { ...known, asks });
  }
  const spoken = isQueued ? state : `${GROUP_TITLES[groupOf(head, now)]}, ${state}`;
  item.accessibilityInformation = {
    label: [`Session ${head.id}`, titleOf(head, names), spoken, ...(project === null ? [] : [`project ${project}`])].join(", "),
  };
  return item;
}

/** What the menus go by: how it stands, its mode, and what of it is more. */
export function contextOf(head: SessionHead, isQueued: boolean, now: number): string {
  const group = groupOf(head, now);
  const standing = group === "finished" ? head.status : isAsking(head, now) ? "asking" : group;
  const isPending = group !== "finished" && head.pendingInteraction !== null && !isClaimed(head.pendingInteraction, now);
  const more = [agentStepOf(head, now) === null ? "" : ".agent", isQueued ? ".queued" : "", isPending ? ".pending" : ""];
  return `session.${standing}.${head.executionMode}${more.join("")}`;
}

export function tooltipOf(head: SessionHead, { names, now, asks, sources, project }: Known): string {
  const holder = holderOf(head, now);
  const recorded = recordedFrom(sources);
  const usage = usageOf(head);
  return [
    `${titleOf(head, names)} (session ${head.id})`,
    ...(project === null ? [] : [`Project ${project}`]),
    whereOf(head, now, asks),
    ...(head.failureReason === null ? [] : [head.failureReason]),
    ...(holder === null ? [] : [`Runs in ${holder}`]),
    `${head.executionMode} · ${head.environment} · ${head.interactionCount} steps · ${head.eventCount} events`,
    ...(usage === null ? [] : [`Agent: ${usage}`]),
    ...(recorded === null ? [] : [`Recorded from ${recorded}`]),
    `Started ${agoOf(head.insertedAt, now)}`,
  ].join("\n");
}

function stateOf({ head, children, isQueued }: SessionNode, { now, asks }: Known): string {
  const where = isQueued ? "queued" : whereOf(head, now, asks);
  const when = groupOf(head, now) === "finished" ? `${where} ${agoOf(head.updatedAt, now)}` : where;
  const family = childrenOf(children.map((child) => child.head));
  return family === null ? when : `${when} · ${family}`;
}

/**
 * A family shows its sessions at once; steps are for those who look into it. The editor forgets what is open when a row goes
 * to another group.
 */
function collapsibleStateOf({ head, children }: SessionNode, isOpen: boolean): vscode.TreeItemCollapsibleState {
  const { Expanded, Collapsed, None } = vscode.TreeItemCollapsibleState;
  return children.length > 0 || isOpen ? Expanded : head.interactionCount > 0 ? Collapsed : None;
}

function iconOf(head: SessionHead, now: number): vscode.ThemeIcon {
  const group = groupOf(head, now);
  if (isAsking(head, now)) {
    return themed(ASKING_ICON);
  }
  if (group === "waiting" && isInterrupted(head.pendingInteraction, now)) {
    return themed(INTERRUPTED_ICON);
  }
  return themed(group === "finished" ? STATUS_ICONS[head.status] : GROUP_ICONS[group]);
}

function isAsking(head: SessionHead, now: number): boolean {
  return groupOf(head, now) === "waiting" && head.openAskCount > 0;
}
