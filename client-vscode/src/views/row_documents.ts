import * as vscode from "vscode";
import type { Row } from "../../webview/messages";
import { plainLine } from "../sessions/plain_text";

const SCHEME = "treadle-row";

/** All that a row of a timeline can show only a part of, to be read, searched and copied in an editor. */
export class RowDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly disposables: { dispose(): unknown }[];

  constructor() {
    this.disposables = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
    ];
  }

  /** `place`: tells one row from any other. */
  async show(row: Row, place: string): Promise<void> {
    const name = plainLine(row.title).replace(/[/\\]+/g, "-").slice(0, 60) || "Row";
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.${endingOf(row)}`, query: place });
    this.texts.set(uri.toString(), textOf(row));
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This is shown no more. The timeline of its session opens it again.";
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }
}

function endingOf({ shown, folded }: Row): string {
  const kinds = new Set([...shown, ...folded].map(({ kind }) => kind));
  return kinds.size === 1 ? (kinds.has("markdown") ? "md" : kinds.has("diff") ? "diff" : "txt") : "txt";
}

function textOf({ shown, folded }: Row): string {
  return [...shown, ...folded]
    .map((block) => {
      const text = block.kind === "diff" ? block.lines.map((line) => (line.sign === "@" ? "@@" : `${line.sign}${line.text}`)).join("\n") : block.text;
      return block.label === null ? text : `${block.label}\n\n${text}`;
    })
    .join("\n\n");
}
