import { RefusedError } from "../daemon/errors";
import type { CommandView, InteractionEditParams, InteractionView } from "../protocol";

export interface StepText {
  /** For the editor's language. */
  readonly ending: "json" | "md" | "sh" | "txt";
  readonly text: string;
}

export type StepEdit = Pick<InteractionEditParams, "command" | "metadata">;

const TEXTS = { claude: ["prompt", "md"], read_file: ["path", "txt"], ask: ["question", "txt"] } as const;
const FIXED: readonly string[] = ["noop", "spawn_sessions"];

/** What of a step's command a person can change, as a text; null: nothing. */
export function stepTextOf({ command, metadata }: CommandView): StepText | null {
  if (FIXED.includes(command)) {
    return null;
  }
  if (Array.isArray(metadata.argv)) {
    return { ending: "json", text: `${JSON.stringify(metadata.argv, null, 2)}\n` };
  }
  if (isKeyed(command)) {
    const [key, ending] = TEXTS[command];
    const text = metadata[key];
    return typeof text === "string" ? { ending, text } : null;
  }
  return { ending: "sh", text: `${command}\n` };
}

/** The change that a person's text means. The daemon looks at it once more. */
export function stepEditOf({ command, metadata }: CommandView, text: string): StepEdit {
  if (Array.isArray(metadata.argv)) {
    return { metadata: { argv: wordsOf(text) } };
  }
  if (isKeyed(command)) {
    const [key, ending] = TEXTS[command];
    return { metadata: { [key]: ending === "txt" ? text.trim() : text } };
  }
  if (text.trim() === "") {
    throw new RefusedError("The command is empty. “Treadle: Skip Step…” goes on without it.", "invalid_params");
  }
  return { command: text.trim() };
}

/** Unique for the step, and what its tab is called. */
export function pathOfStep({ sessionId, id, step }: InteractionView, { ending }: StepText): string {
  return `/${sessionId}/${id}/${step}.${ending}`;
}

export function stepOfPath(path: string): { sessionId: number; interactionId: string } | null {
  const [, sessionId, interactionId] = /^\/(\d+)\/([^/]+)\/[^/]+$/.exec(path) ?? [];
  return sessionId === undefined || interactionId === undefined ? null : { sessionId: Number(sessionId), interactionId };
}

function isKeyed(command: string): command is keyof typeof TEXTS {
  return Object.hasOwn(TEXTS, command);
}

function wordsOf(text: string): string[] {
  const wrong = new RefusedError("The command is a JSON list of its words, each in double quotes, the program first.", "invalid_params");
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === "string")) {
    throw wrong;
  }
  return words;
}
