import * as vscode from "vscode";
import type { AskKind, AskView } from "../protocol";
import { askAt } from "../sessions/ask_places";
import { endOf, shortAsk } from "../sessions/ask_words";
import { titleOf } from "../sessions/words";
import { idOf } from "./pick_session";
import type { Surroundings } from "./surroundings";

interface Choice {
  readonly placeHolder: string;
  /** Null: any. */
  readonly kind: AskKind | null;
}

/** The ask that a command is about: a row, a document that shows it, a session's, else the person's choice. */
export async function pickAsk(surroundings: Surroundings, argument: unknown, choice: Choice): Promise<AskView | undefined> {
  const { daemon, asks } = surroundings;
  surroundings.needDaemon();
  const askId = askIdOf(argument);
  if (askId !== null) {
    const ask = asks.get(askId) ?? (await daemon.call("ask/get", { askId })).ask;
    if (ask.status === "open") {
      return ask;
    }
    tell(endOf(ask));
    return undefined;
  }
  await asks.reload();
  const sessionId = idOf(argument);
  const suitable = (sessionId === null ? asks.asks : asks.of(sessionId)).filter(({ kind }) => choice.kind === null || kind === choice.kind);
  if (suitable.length === 0) {
    tell(sessionId === null ? noneOf(choice.kind) : `Session ${sessionId} asks nothing now: it was answered already, or is over.`);
    return undefined;
  }
  return suitable.length === 1 ? suitable[0] : pick(surroundings, suitable, choice);
}

async function pick({ sessions, names }: Surroundings, asks: readonly AskView[], { placeHolder }: Choice): Promise<AskView | undefined> {
  const where = ({ id, sessionId }: AskView): string => {
    const head = sessions.get(sessionId);
    return `ask ${id} · ${head === undefined ? `session ${sessionId}` : `${titleOf(head, names)} #${sessionId}`}`;
  };
  const items = asks.map((ask) => ({ label: shortAsk(ask), description: where(ask), ask }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, ignoreFocusOut: true }))?.ask;
}

function noneOf(kind: AskKind | null): string {
  return kind === "permission" ? "No agent asks for permission." : "No session asks anything.";
}

function tell(sentence: string): void {
  void vscode.window.showInformationMessage(sentence);
}

function askIdOf(argument: unknown): number | null {
  if (argument instanceof vscode.Uri) {
    return askAt(argument);
  }
  const { ask } = typeof argument === "object" && argument !== null ? (argument as { ask?: unknown }) : {};
  return typeof ask === "object" && ask !== null && "id" in ask && typeof ask.id === "number" ? ask.id : null;
}
