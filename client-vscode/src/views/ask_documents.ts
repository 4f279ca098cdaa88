import path from "node:path";
import * as vscode from "vscode";
import type { AskView } from "../protocol";
import { ASK_SCHEME, pathOfAsk } from "../sessions/ask_places";
import { circumstancesOf, type Exact, exactOf } from "../sessions/ask_words";
import { proposedEdit } from "../sessions/proposed_edit";

const ENDINGS = { shellscript: "sh", diff: "diff", json: "json" } as const;

/** What is asked, exactly, to be read in an editor: a change of a file side by side, everything else as text. */
export class AskDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly disposables: { dispose(): unknown }[];

  constructor() {
    this.disposables = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(ASK_SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
    ];
  }

  async show(ask: AskView): Promise<void> {
    const change = await changeOf(ask);
    if (change === null) {
      return this.showText(ask);
    }
    const name = path.basename(change.file);
    const [before, after] = (["before", "after"] as const).map((side) => this.hold(ask, `${side}/${name}`, change[side]));
    const title = `${name}: what ask ${ask.id} would change`;
    await vscode.commands.executeCommand("vscode.diff", before, after, title, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This is shown no more. “Treadle: Show What Is Asked” shows what waits for an answer.";
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private async showText(ask: AskView): Promise<void> {
    const exact = exactOf(ask);
    // The question of a command is the command itself, cut.
    const question = exact?.language === "shellscript" ? [] : ["", ...ask.question.split("\n")];
    const text = textOf([`Ask ${ask.id} of session ${ask.sessionId}`, ...circumstancesOf(ask), ...question], exact);
    const uri = this.hold(ask, `Ask ${ask.id}.${exact === null ? "txt" : ENDINGS[exact.language]}`, text);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  private hold(ask: AskView, name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: ASK_SCHEME, path: pathOfAsk(ask, name) });
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
    return uri;
  }
}

interface Change {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

async function changeOf(ask: AskView): Promise<Change | null> {
  const edit = proposedEdit(ask);
  if (edit === null) {
    return null;
  }
  const folder = ask.details.working_directory;
  const file = typeof folder === "string" ? path.resolve(folder, edit.file) : edit.file;
  const before = path.isAbsolute(file) ? await textIn(file) : "";
  const after = edit.after(before);
  return after === null ? null : { file, before, after };
}

/** A file that is not there yet is empty. */
async function textIn(file: string): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(file)));
  } catch {
    return "";
  }
}

/** What surrounds it is marked as such. */
function textOf(lines: readonly string[], exact: Exact | null): string {
  if (exact === null) {
    return `${lines.join("\n")}\n`;
  }
  const mark = exact.language === "json" ? "// " : "# ";
  return `${lines.map((line) => `${mark}${line}`.trimEnd()).join("\n")}\n\n${exact.text}\n`;
}
