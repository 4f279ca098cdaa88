import * as vscode from "vscode";
import { problemOfTitle } from "../sessions/title";
import { headOf } from "../sessions/awaited_head";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

/** Gives a session the person's own title, or takes it away again. */
export async function rename(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to rename",
    none: "There is no session yet.",
    suits: () => true,
    mayHaveEnded: true,
  });
  if (sessionId === undefined) {
    return;
  }
  const { title } = await headOf(surroundings.daemon, sessionId);
  const text = await vscode.window.showInputBox({
    title: `Rename Session ${sessionId}`,
    prompt: "Its title. When it is empty the session is named by its type.",
    value: title ?? "",
    validateInput: problemOfTitle,
  });
  if (text !== undefined && text.trim() !== (title ?? "")) {
    const { session } = await surroundings.daemon.call("session/update", { sessionId, title: text.trim() === "" ? null : text.trim() });
    await surroundings.sessions.put(session);
  }
}
