import type { Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";

/** The projects of the window; none also as long as they are not known. */
export function projectsOf({ state }: Daemon): readonly OpenedProject[] {
  return state.kind === "ready" ? state.projects : [];
}
