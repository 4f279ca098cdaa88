/** Why there is no daemon to talk to: one sentence for a person. */
export class DaemonUnavailableError extends Error {
  constructor(
    message: string,
    readonly reason: "notInstalled" | "cannotInstall" | "protocol" | "stopped" | "failed",
  ) {
    super(message);
  }
}

/** What the daemon, or `treadle` itself, refused: one sentence for a person and a stable code. */
export class RefusedError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** What a program may want to know, by the code. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
