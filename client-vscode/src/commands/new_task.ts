import { RefusedError } from "../daemon/errors";
import { newSession } from "./new_session";
import type { Surroundings } from "./surroundings";

const TASK = "task";

/** A sentence is all that it asks for; the agent begins at once. Resolves to the session's id, or nothing when left. */
export function newTask(surroundings: Surroundings, argument: unknown): Promise<number | undefined> {
  const { description } = typeof argument === "object" && argument !== null ? (argument as Record<string, unknown>) : {};
  if (description !== undefined && typeof description !== "string") {
    throw new RefusedError("The description that the keybinding gives to New Task must be a text.", "invalid_params");
  }
  return newSession(surroundings, { type: TASK, ...(description === undefined ? {} : { description }), atOnce: true });
}
