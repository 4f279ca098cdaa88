import { DaemonUnavailableError, RefusedError, sentenceOf } from "./errors";
import { askProgram, runProgram, type Program } from "./program";
import { isOutdated } from "./versions";

/**
 * The socket of the daemon, which is started when none runs and that is wanted. One that is older than the program then
 * finishes first and makes room; a newer one is used, as long as it speaks the same protocol.
 */
export async function daemonAddress(program: Program, mayStart: boolean, tell: (sentence: string) => void): Promise<string> {
  const found = await statusOf(program, mayStart);
  if (!mayStart || !isOutdated(found.version, found.clientVersion)) {
    return found.socket;
  }
  tell(`The daemon is of version ${found.version ?? "unknown"}; it makes room for ${found.clientVersion ?? "unknown"}.`);
  try {
    await runProgram(program, ["stop"]);
  } catch (error) {
    // It still serves, only older.
    tell(sentenceOf(error));
  }
  return (await statusOf(program, true)).socket;
}

export function notRunning(): DaemonUnavailableError {
  return new DaemonUnavailableError("The Treadle daemon does not run. It is started when it is needed.", "stopped");
}

interface Status {
  readonly socket: string;
  /** The daemon's. */
  readonly version: string | null;
  /** The program's. */
  readonly clientVersion: string | null;
}

async function statusOf(program: Program, mayStart: boolean): Promise<Status> {
  const answer = await askProgram(program, ["status", "--json", ...(mayStart ? ["--start"] : [])]);
  const { socket, running, version, clientVersion } = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  if (typeof socket !== "string") {
    throw new RefusedError("treadle status named no socket.", "internal_error");
  }
  if (running === false) {
    throw notRunning();
  }
  return { socket, version: textOf(version), clientVersion: textOf(clientVersion) };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
