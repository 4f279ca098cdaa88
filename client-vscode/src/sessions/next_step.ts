import type { Daemon } from "../daemon/client";
import type { InteractionView, SessionHead } from "../protocol";

/** The step at which a session waits; it is made where there is none yet. */
export async function nextStepOf(daemon: Daemon, { id, pendingInteraction }: SessionHead): Promise<InteractionView> {
  return pendingInteraction ?? (await daemon.call("session/nextCommand", { sessionId: id })).interaction;
}
