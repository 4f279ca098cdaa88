import type { InstallationProblem } from "./errors";

export type Button = "Try Again" | "Get Python" | "Open Settings" | "Show Log";

/** What a person can do about it. */
export const BUTTONS: Readonly<Record<InstallationProblem, readonly Button[]>> = {
  pythonMissing: ["Get Python", "Open Settings", "Try Again"],
  pythonTooOld: ["Get Python", "Open Settings", "Try Again"],
  venvMissing: ["Try Again", "Open Settings"],
  offline: ["Try Again", "Show Log"],
  diskFull: ["Try Again", "Show Log"],
  pipFailed: ["Try Again", "Show Log"],
  cancelled: ["Try Again"],
};
