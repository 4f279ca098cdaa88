import type { SessionHead } from "../protocol";
import { agentStepOf, groupOf } from "./groups";

/** What the `when` and `enablement` clauses of package.json ask about sessions; each is set, whatever it is. */
export interface SessionContext {
  readonly hasSessions: boolean;
  readonly hasActive: boolean;
  readonly hasWaiting: boolean;
  readonly hasRunning: boolean;
  readonly hasPaused: boolean;
  readonly hasFinished: boolean;
  /** One that goes on, in this mode. */
  readonly hasManual: boolean;
  readonly hasAgentic: boolean;
  /** An agent works in the background. */
  readonly hasAgent: boolean;
}

export function contextOf(sessions: readonly SessionHead[], now: number): SessionContext {
  const active = sessions.filter(({ status }) => status === "active");
  const groups = new Set(active.map((head) => groupOf(head, now)));
  const modes = new Set(active.filter(({ pausedAt }) => pausedAt === null).map(({ executionMode }) => executionMode));
  return {
    hasSessions: sessions.length > 0,
    hasActive: active.length > 0,
    hasWaiting: groups.has("waiting"),
    hasRunning: groups.has("running"),
    hasPaused: groups.has("paused"),
    hasFinished: sessions.length > active.length,
    hasManual: modes.has("manual"),
    hasAgentic: modes.has("agentic"),
    hasAgent: active.some((head) => agentStepOf(head, now) !== null),
  };
}
