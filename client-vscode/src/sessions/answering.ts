import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import type { Disposable } from "../daemon/signal";
import type { JsonValue, SessionHead } from "../protocol";
import { isClaimed } from "./groups";
import { type Question, questionOf } from "./question";

/** A terminal in which the same was asked finds out within a second that it was answered here. */
const TERMINAL_MS = 2_500;
const OVER: ReadonlySet<string> = new Set(["interaction_completed", "complete", "failed", "cancelled", "session_not_found"]);

/** What a session asks now, or else one of those that it lets run. */
export async function questionFor(daemon: Daemon, sessionId: number): Promise<Question | null> {
  const { session } = await daemon.call("session/get", { sessionId, limit: 1 });
  return questionOf(session) ?? (await questionOfChildren(daemon, sessionId));
}

async function questionOfChildren(daemon: Daemon, parentSessionId: number): Promise<Question | null> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await daemon.call("session/list", { parentSessionId, status: "active", ...(cursor === undefined ? {} : { cursor }) });
    for (const child of page.data) {
      const question = questionOf(child) ?? (await questionOfChildren(daemon, child.id));
      if (question !== null) {
        return question;
      }
    }
    cursor = page.nextCursor;
  }
  return null;
}

/** The session as it is then; null: somebody else was quicker, or there is nothing to answer any more. */
export async function giveAnswer(
  daemon: Daemon,
  { sessionId, interactionId }: Question,
  data: Record<string, JsonValue>,
): Promise<SessionHead | null> {
  try {
    const result = { id: crypto.randomUUID(), status: "ok" as const, data };
    return (await daemon.call("session/handleResult", { sessionId, interactionId, result })).session;
  } catch (error) {
    if (error instanceof RefusedError && OVER.has(error.code)) {
      return null;
    }
    throw error;
  }
}

/** The session whose run runs this one too. */
export async function topOf(daemon: Daemon, head: SessionHead): Promise<SessionHead> {
  if (head.parentSessionId === null) {
    return head;
  }
  const { session } = await daemon.call("session/get", { sessionId: head.parentSessionId, limit: 1 });
  return session.status === "active" ? topOf(daemon, session) : head;
}

/**
 * Whether a session goes on without this window, or cannot: nobody holds the step while a person is asked, so only what
 * happens then shows that a terminal is there. `head`: as it was before anybody could take it up.
 */
export async function isTakenUp(daemon: Daemon, head: SessionHead, milliseconds = TERMINAL_MS): Promise<boolean> {
  const disposables: Disposable[] = [];
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const look = async (): Promise<void> => {
        const { session } = await daemon.call("session/get", { sessionId: head.id, limit: 1 });
        if (goesOn(session, head)) {
          resolve(true);
        }
      };
      const patience = setTimeout(() => resolve(false), milliseconds);
      const listening = daemon.notices.listen(({ method, params }) => {
        if (params.sessionId === head.id && method !== "session/didAppendEvents") {
          look().catch(reject);
        }
      });
      disposables.push(listening, { dispose: () => clearTimeout(patience) });
      look().catch(reject);
    });
  } finally {
    disposables.forEach((each) => each.dispose());
  }
}

function goesOn({ status, pausedAt, pendingInteraction: pending }: SessionHead, before: SessionHead): boolean {
  const isTaken = pending !== null && (isClaimed(pending, Date.now()) || pending.id !== before.pendingInteraction?.id);
  return status !== "active" || pausedAt !== null || isTaken;
}
