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
  /** Nobody has begun it: its parent, which is not done, runs it when it is its turn. */
  readonly isQueued: boolean;
}

/** Groups that have sessions; a child is shown under its parent, wherever that is, once both are known. */
export function treeOf(heads: readonly SessionHead[], now: number): GroupNode[] {
  const known = new Map(heads.map((head) => [head.id, head]));
  const children = new Map<number, SessionHead[]>();
  const roots: SessionHead[] = [];
  for (const head of heads) {
    const parent = parentOf(head, known);
    if (parent === undefined) {
      roots.push(head);
    } else {
      children.set(parent.id, [...(children.get(parent.id) ?? []), head]);
    }
  }
  const node = (head: SessionHead): SessionNode => ({
    kind: "session",
    head,
    children: (children.get(head.id) ?? []).map(node),
    isQueued: isQueued(head, known),
  });
  return GROUPS.flatMap((group) => {
    const sessions = roots.filter((head) => groupOf(head, now) === group).map(node);
    return sessions.length === 0 ? [] : [{ kind: "group" as const, group, sessions }];
  });
}

/** How many sessions wait to be run by a person; those in a queue wait for their parent, and asks are counted as asks. */
export function countWaiting(heads: readonly SessionHead[], now: number): number {
  const known = new Map(heads.map((head) => [head.id, head]));
  return heads.filter((head) => groupOf(head, now) === "waiting" && head.openAskCount === 0 && !isQueued(head, known)).length;
}

function isQueued(head: SessionHead, known: ReadonlyMap<number, SessionHead>): boolean {
  const isBegun = head.interactionCount > 0 || head.status !== "active" || head.pausedAt !== null;
  return !isBegun && parentOf(head, known)?.status === "active";
}

function parentOf({ parentSessionId }: SessionHead, known: ReadonlyMap<number, SessionHead>): SessionHead | undefined {
  return parentSessionId === null ? undefined : known.get(parentSessionId);
}
