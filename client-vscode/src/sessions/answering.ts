import type { Daemon } from "../daemon/client";
import type { SessionHead } from "../protocol";
import { awaitedHead, headOf } from "./awaited_head";
import { isClaimed } from "./groups";

/** Who waits for an answer, here or in a terminal, finds out at once; beginning the next step takes a moment. */
const TAKING_UP_MS = 2_500;

/** The session whose run runs this one too. */
export async function topOf(daemon: Daemon, sessionId: number): Promise<SessionHead> {
  const head = await headOf(daemon, sessionId);
  if (head.parentSessionId === null) {
    return head;
  }
  const top = await topOf(daemon, head.parentSessionId);
  return top.status === "active" ? top : head;
}

/** Whether a session, or one that it lets run, waits for an answer. */
export async function isAsking(daemon: Daemon, sessionId: number): Promise<boolean> {
  if ((await headOf(daemon, sessionId)).openAskCount > 0) {
    return true;
  }
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await daemon.call("session/list", { parentSessionId: sessionId, status: "active", ...(cursor === undefined ? {} : { cursor }) });
    for (const { id } of page.data) {
      if (await isAsking(daemon, id)) {
        return true;
      }
    }
    cursor = page.nextCursor;
  }
  return false;
}

/**
 * Whether a session goes on without this window, or cannot: a runner may wait for the answer, and only what happens then
 * shows that one is there. `head`: as it was before it was answered.
 */
export async function isTakenUp(daemon: Daemon, head: SessionHead, milliseconds = TAKING_UP_MS): Promise<boolean> {
  return (await awaitedHead(daemon, head.id, (now) => goesOn(now, head), milliseconds)) !== null;
}

function goesOn({ status, pausedAt, pendingInteraction: pending }: SessionHead, before: SessionHead): boolean {
  const isTaken = pending !== null && (isClaimed(pending, Date.now()) || pending.id !== before.pendingInteraction?.id);
  return status !== "active" || pausedAt !== null || isTaken;
}
