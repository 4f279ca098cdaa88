import type { SessionHead } from "../protocol";
import { groupOf, isClaimed } from "./groups";
import { holderOf } from "./words";

/** Whether it wants something of the person: to be run, or an answer. */
export function isWaiting(head: SessionHead, now: number): boolean {
  return groupOf(head, now) === "waiting";
}

/** Whether somebody runs it, also while it waits for an answer. */
export function isRunning(head: SessionHead, now: number): boolean {
  return head.status === "active" && (groupOf(head, now) === "running" || isClaimed(head.pendingInteraction, now));
}

export function isOpen({ status, pausedAt }: SessionHead): boolean {
  return status === "active" && pausedAt === null;
}

/** Why no run begins, for a person. */
export function refusalOf(head: SessionHead, now: number): string {
  if (head.status !== "active") {
    return `Session ${head.id} is ${head.status}: it has nothing left to run.`;
  }
  if (head.pausedAt !== null) {
    return `Session ${head.id} is paused. Resume it first.`;
  }
  const holder = holderOf(head, now);
  return holder === null ? `Session ${head.id} is ${groupOf(head, now)}.` : `Session ${head.id} is being run by ${holder}.`;
}
