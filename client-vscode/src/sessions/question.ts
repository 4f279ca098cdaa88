import type { InteractionView, SessionHead } from "../protocol";
import { isJsonObject } from "./json";

/** What a step asks a person. */
export interface Question {
  readonly sessionId: number;
  readonly interactionId: string;
  readonly text: string;
  /** What may be answered. */
  readonly answers: readonly string[];
}

const LINE = 80;

/** Null: the session asks nobody anything. */
export function questionOf(head: Pick<SessionHead, "id" | "status" | "pendingInteraction">): Question | null {
  const { pendingInteraction: interaction } = head;
  if (head.status !== "active" || !isAsk(interaction)) {
    return null;
  }
  const { question, answers } = interaction.command.metadata;
  return {
    sessionId: head.id,
    interactionId: interaction.id,
    text: typeof question === "string" ? question.trim() : "",
    answers: (Array.isArray(answers) ? answers : []).filter(isJsonObject).flatMap(({ name }) => (typeof name === "string" ? [name] : [])),
  };
}

export function isAsk(interaction: InteractionView | null): interaction is InteractionView {
  return interaction?.completedAt === null && interaction.supersededAt === null && interaction.command.command === "ask";
}

/** The question's first line, for a narrow place. */
export function shortQuestion({ text }: Pick<Question, "text">, most = LINE): string {
  const [line = ""] = text.split("\n", 1);
  const characters = Array.from(line.trim());
  return characters.length > most ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : characters.join("");
}
