import { DaemonUnavailableError } from "../daemon/errors";

export type InstallationProblem = "pythonMissing" | "pythonTooOld" | "venvMissing" | "offline" | "diskFull" | "pipFailed" | "cancelled";

/** Why the extension has no environment of its own: one sentence for a person, and what kind of help there is. */
export class InstallationError extends DaemonUnavailableError {
  constructor(
    message: string,
    readonly problem: InstallationProblem,
  ) {
    super(message, "cannotInstall");
  }
}
