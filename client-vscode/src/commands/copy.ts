import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { type Names, titleOf } from "../sessions/words";
import { headOf } from "../sessions/awaited_head";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

interface Part {
  readonly label: string;
  readonly text: string;
}

/** Something of a session into the clipboard. */
export async function copy(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to copy something of",
    none: "There is no session yet.",
    suits: () => true,
    mayHaveEnded: true,
  });
  if (sessionId === undefined) {
    return;
  }
  const parts = partsOf(await headOf(surroundings.daemon, sessionId), surroundings.names);
  const items = parts.map(({ label, text }) => ({ label, description: text, text }));
  const picked = await vscode.window.showQuickPick(items, { title: `Copy from Session ${sessionId}`, placeHolder: "What to copy", matchOnDescription: true, ignoreFocusOut: true });
  if (picked !== undefined) {
    await vscode.env.clipboard.writeText(picked.text);
    vscode.window.setStatusBarMessage(`Copied: ${picked.label}`, 3_000);
  }
}

function partsOf(head: SessionHead, names: Names): Part[] {
  const { branch } = head.state;
  return [
    { label: "Number", text: String(head.id) },
    { label: "Title", text: titleOf(head, names) },
    ...(typeof branch === "string" && branch !== "" ? [{ label: "Branch", text: branch }] : []),
    { label: "Unique Id", text: head.uid },
    { label: "Command Line", text: `treadle show ${head.id}` },
  ];
}
