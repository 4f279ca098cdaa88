import { isTakenUp } from "../sessions/answering";
import { isOpen } from "../sessions/readiness";
import { pickHead } from "./pick_session";
import type { Surroundings } from "./surroundings";

/** No further step begins; an agent is held where it is. */
export async function pause(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to pause",
    none: "No session could be paused.",
    suits: isOpen,
  });
  if (head !== undefined) {
    await surroundings.daemon.call("session/pause", { sessionId: head.id });
  }
}

/** What runs by itself goes on by itself: with the runner that holds its agent, else with a new one. */
export async function resume(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to resume",
    none: "No session is paused.",
    suits: ({ pausedAt, status }) => status === "active" && pausedAt !== null,
  });
  if (head === undefined) {
    return;
  }
  const { daemon } = surroundings;
  const { session } = await daemon.call("session/resume", { sessionId: head.id });
  const hasRun = session.interactionCount > 0;
  if (hasRun && session.executionMode === "agentic" && session.parentSessionId === null && !(await isTakenUp(daemon, session))) {
    await surroundings.runInBackground(session.id);
  }
}
