import type { SessionHead } from "../protocol";
import { type Group, groupOf, GROUPS } from "./groups";

export interface GroupNode {
  readonly kind: "group";
  readonly group: Group;
  readonly sessions: readonly SessionNode[];
}

export interface SessionNode {
  readonly kind: "session";
  readonly head: SessionHead;
  readonly children: readonly SessionNode[];
}

/** Groups that have sessions; a child is shown under its parent, wherever that is. */
export function treeOf(heads: readonly SessionHead[], now: number): GroupNode[] {
  const known = new Set(heads.map((head) => head.id));
  const node = (head: SessionHead): SessionNode => ({
    kind: "session",
    head,
    children: heads.filter((one) => one.parentSessionId === head.id).map(node),
  });
  const roots = heads.filter((head) => head.parentSessionId === null || !known.has(head.parentSessionId));
  return GROUPS.flatMap((group) => {
    const sessions = roots.filter((head) => groupOf(head, now) === group).map(node);
    return sessions.length === 0 ? [] : [{ kind: "group" as const, group, sessions }];
  });
}
