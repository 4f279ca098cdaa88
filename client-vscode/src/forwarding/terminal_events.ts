import type { JsonValue } from "../protocol";
import type { EventDraft } from "./event_draft";
import { relativePath } from "./file_events";

export interface TerminalCommand {
  readonly command: string;
  /** Absolute. */
  readonly directory: string;
  /** The terminal's name. */
  readonly terminal: string;
}

const MAX_COMMAND = 8_192;
const OWN_PROGRAM = /(?:^|[\s"'/\\])treadle(?:\.exe)?["']?\s(?:.*\s)?run(?:\s|$)/s;
const OWN_RUN = /\srun\s+--session\s+\d+(?:\s|$)/;

/** A run in this terminal records itself. */
export function isOwnRun(command: string): boolean {
  return OWN_PROGRAM.test(command) || OWN_RUN.test(command);
}

/** What a person, or a task of theirs, runs in a terminal; null outside of the project. Its output stays theirs. */
export function commandStarted({ command, directory, terminal }: TerminalCommand, root: string, interactionId: string | null): EventDraft | null {
  const place = directory === root ? "." : relativePath(root, directory);
  if (place === null) {
    return null;
  }
  const shown = command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND)}…` : command;
  const data = { command: shown, working_directory: place, terminal, execution_id: crypto.randomUUID() };
  return { uid: crypto.randomUUID(), eventType: "command_started", source: "terminal", data, interactionId };
}

/** `exitCode` undefined: the shell did not say it, or the command was broken off. */
export function commandCompleted(started: EventDraft, exitCode: number | undefined, durationMs: number): EventDraft {
  const { terminal = null, execution_id: execution = null } = started.data;
  const data: Record<string, JsonValue> = { exit_code: exitCode ?? null, duration_ms: durationMs, terminal, execution_id: execution };
  return { ...started, uid: crypto.randomUUID(), eventType: "command_completed", data };
}
