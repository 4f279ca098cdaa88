import type { Kind } from "../../webview/messages";
import type { EventType } from "../protocol";

/** Which types of events are of a kind: the daemon looks for them, so that few are found quickly among very many. */
const TYPES: Readonly<Record<Kind, readonly EventType[]>> = {
  message: ["conversation_started", "conversation_message_sent", "conversation_message_received", "conversation_ended"],
  tool: ["tool_called", "tool_result"],
  command: ["command_started", "command_output", "command_completed"],
  file: ["file_created", "file_modified", "file_deleted"],
  hook: ["hook_triggered", "hook_completed"],
  state: ["session_status_changed", "session_paused", "session_resumed"],
  error: ["error_occurred"],
};

/** What tells that something went wrong. */
export const FAILURES: readonly EventType[] = ["error_occurred", "tool_result", "command_completed", "conversation_ended", "hook_completed"];

/** Whether a row that stands for no event is among those of these types; null: all of them. */
export function isShown(kind: Kind, types: ReadonlySet<EventType> | null): boolean {
  return types === null || TYPES[kind].every((type) => types.has(type));
}

/** Null: all of them. */
export function typesOf(kinds: readonly Kind[]): ReadonlySet<EventType> | null {
  return kinds.length === 0 ? null : new Set(kinds.flatMap((kind) => TYPES[kind]));
}
