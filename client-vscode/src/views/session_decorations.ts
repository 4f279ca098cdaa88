import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { groupOf, isInterrupted } from "../sessions/groups";

const SCHEME = "treadle-session";
/** As much as a badge can show. */
const MANY = 9;

/** The resource of a session's row: it says how it is to be decorated, so a row that changes has another one. */
export function decorated(head: SessionHead, now: number): vscode.Uri {
  const query = head.status === "failed" ? "failed" : groupOf(head, now) === "waiting" ? waitingAs(head, now) : "";
  return vscode.Uri.from({ scheme: SCHEME, path: `/${head.id}`, query });
}

/** Colours and badges of the rows that a person should see first. */
export class SessionDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly registration = vscode.window.registerFileDecorationProvider(this);

  provideFileDecoration({ scheme, query }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== SCHEME || query === "") {
      return undefined;
    }
    if (query === "failed") {
      return new vscode.FileDecoration(undefined, "failed", new vscode.ThemeColor("list.errorForeground"));
    }
    const warning = new vscode.ThemeColor("list.warningForeground");
    if (query === "interrupted") {
      return new vscode.FileDecoration("!", "interrupted", warning);
    }
    const count = Number(query);
    return new vscode.FileDecoration(count > MANY ? `${MANY}+` : String(count), count === 1 ? "asks something" : `asks ${count} things`, warning);
  }

  dispose(): void {
    this.registration.dispose();
  }
}

function waitingAs(head: SessionHead, now: number): string {
  return head.openAskCount > 0 ? String(head.openAskCount) : isInterrupted(head.pendingInteraction, now) ? "interrupted" : "";
}
