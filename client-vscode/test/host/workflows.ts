import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { acceptingFirstRows, changesOf, inside, regularly, standing, until } from "./editor";

/** A character of two UTF-16 units stands before a place that is looked for. */
const BROKEN = `\
name: look
title: "😀 Look around"
parameters:
  word: {type: string, default: "hello"}
steps:
  say:
    run: [echo, "😀 {{ parameters.wrod }}"]
    on: {ok: agian}
  again:
    run: [echo, "{{ results.say.stdout }}"]
`;
const MENDED = BROKEN.replace("wrod", "word").replace("agian", "again");
const SPAWNS = `\
name: look
steps:
  part:
    spawn: sibling
`;

function placeOf(document: vscode.TextDocument, text: string, nth = 0): vscode.Position {
  let offset = document.getText().indexOf(text);
  for (let n = 0; n < nth; n += 1) {
    offset = document.getText().indexOf(text, offset + 1);
  }
  assert.ok(offset >= 0, text);
  return document.positionAt(offset);
}

async function replaceAll(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

function siblingOf({ uri }: vscode.TextDocument, name: string): vscode.Uri {
  return vscode.Uri.joinPath(uri, "..", `${name}.yaml`);
}

suite("workflow files", () => {
  let document: vscode.TextDocument;

  const told = vscode.languages.onDidChangeDiagnostics;
  const diagnostics = (): vscode.Diagnostic[] => vscode.languages.getDiagnostics(document.uri);
  const ask = <T>(command: string, ...words: unknown[]): Thenable<T> => vscode.commands.executeCommand<T>(command, document.uri, ...words);

  test("what is wrong in a file is told at its place, however characters are counted", async () => {
    await (await inside()).daemon.ready();
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const file = path.join(root, ".treadle", "workflows", "look.yaml");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, BROKEN);
    document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    const found = await until(() => diagnostics().length >= 2 && diagnostics(), "diagnostics", told);
    const places = found.map(({ range, source }) => [document.getText(range), source]);
    assert.deepEqual(places, [["wrod", "treadle"], ["agian", "treadle"]]);
    assert.match(found[1]?.message ?? "", /agian.*again/);
  });

  test("when it is mended nothing is told any more, before it is saved", async () => {
    await replaceAll(document, MENDED);
    await until(() => diagnostics().length === 0, "no diagnostics", told);
    assert.ok(document.isDirty);
  });

  test("completion offers steps, and what a template may name", async () => {
    const offered = async (at: vscode.Position): Promise<string[]> => {
      const list = await ask<vscode.CompletionList>("vscode.executeCompletionItemProvider", at);
      return list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    };
    const steps = await offered(placeOf(document, "again}"));
    assert.deepEqual(["say", "again", "finish", "fail"].filter((name) => !steps.includes(name)), []);
    assert.ok((await offered(placeOf(document, "word }}"))).includes("word"));
    assert.ok((await offered(placeOf(document, "stdout }}"))).includes("stderr"));
  });

  test("hover tells what a key is, and a step", async () => {
    const shown = async (at: vscode.Position): Promise<string> => {
      const hovers = await ask<vscode.Hover[]>("vscode.executeHoverProvider", at);
      return hovers.flatMap(({ contents }) => contents.map((each) => (each as vscode.MarkdownString).value)).join("\n");
    };
    assert.match(await shown(placeOf(document, "steps:")), /order/);
    assert.match(await shown(placeOf(document, "again}")), /again/);
  });

  test("from a route one goes to its step, and from a step to all that name it", async () => {
    const step = placeOf(document, "  again:").translate(0, 2);
    const definitions = await ask<(vscode.Location | vscode.LocationLink)[]>("vscode.executeDefinitionProvider", placeOf(document, "again}"));
    const [target] = definitions.map((one) => ("targetRange" in one ? (one.targetSelectionRange ?? one.targetRange) : one.range));
    assert.deepEqual(target?.start, step);
    const say = placeOf(document, "  say:").translate(0, 2);
    const references = await ask<vscode.Location[]>("vscode.executeReferenceProvider", say);
    const lines = references.map(({ range }) => [range.start.line, document.getText(range)]);
    assert.ok(lines.some(([line, text]) => line === placeOf(document, "results.say").line && text === "say"), JSON.stringify(lines));
  });

  test("the outline has the steps", async () => {
    const symbols = await ask<vscode.DocumentSymbol[]>("vscode.executeDocumentSymbolProvider");
    const names = (each: readonly vscode.DocumentSymbol[]): string[] => each.flatMap((one) => [one.name, ...names(one.children)]);
    assert.deepEqual(["say", "again", "word"].filter((name) => !names(symbols).includes(name)), []);
  });

  const unsavedSibling = async (): Promise<vscode.TextDocument> => {
    const file = siblingOf(document, "other");
    writeFileSync(file.fsPath, MENDED.replace("name: look", "name: other"));
    const other = await vscode.workspace.openTextDocument(file);
    await replaceAll(other, `${other.getText()}# and more\n`);
    return other;
  };

  test("the lens runs what stands in the editor, saved first", async () => {
    const { daemon } = await inside();
    const lens = await until(async () => {
      const lenses = await ask<vscode.CodeLens[]>("vscode.executeCodeLensProvider", 10);
      return lenses.find(({ command }) => command?.command === "treadle.runWorkflow");
    }, "the lens", regularly);
    assert.ok(lens.command !== undefined);
    assert.deepEqual(lens.command.arguments, [{ uri: document.uri.toString(), name: "look" }]);
    assert.ok(document.isDirty);
    const other = await unsavedSibling();
    const running = vscode.commands.executeCommand<number | undefined>(lens.command.command, ...(lens.command.arguments as unknown[]));
    const sessionId = await acceptingFirstRows(running);
    assert.ok(sessionId !== undefined);
    assert.deepEqual([document.isDirty, other.isDirty], [false, true]);
    await other.save();
    const { session } = await daemon.call("session/get", { sessionId });
    assert.equal(session.type, "look");
    const { sessions } = await inside();
    const isComplete = (): boolean => sessions.get(sessionId)?.status === "complete";
    await until(isComplete, () => `complete: ${standing(sessions, sessionId)}`, changesOf(sessions));
  });

  test("then a lens tells of the last run", async () => {
    const lens = await until(async () => {
      const lenses = await ask<vscode.CodeLens[]>("vscode.executeCodeLensProvider", 10);
      return lenses.find(({ command }) => command?.command === "treadle.showTimeline" && command.title.includes("complete"));
    }, "the lens of the last run", regularly);
    assert.match(lens.command?.title ?? "", /Last run/);
  });

  test("a file that names another knows at once when that comes or goes in the editor", async () => {
    await replaceAll(document, SPAWNS);
    const found = await until(() => diagnostics().length === 1 && diagnostics(), "it is not there", told);
    assert.match(found[0]?.message ?? "", /sibling/);
    const sibling = siblingOf(document, "sibling");
    const come = new vscode.WorkspaceEdit();
    come.createFile(sibling, { contents: new TextEncoder().encode(MENDED.replace("name: look", "name: sibling")) });
    assert.ok(await vscode.workspace.applyEdit(come));
    await until(() => diagnostics().length === 0, "it is known", told);
    const go = new vscode.WorkspaceEdit();
    go.deleteFile(sibling);
    assert.ok(await vscode.workspace.applyEdit(go));
    await until(() => diagnostics().length === 1, "it is gone", told);
  });

  test("a daemon that is killed takes the language features with it, and brings them again", async () => {
    const { daemon } = await inside();
    const { pid } = await daemon.call("daemon/status", {});
    process.kill(pid, "SIGKILL");
    await until(() => daemon.state.kind !== "ready", "the daemon is gone", (again) => daemon.states.listen(again));
    daemon.start();
    await replaceAll(document, BROKEN);
    await until(() => diagnostics().length >= 2, "diagnostics of the new daemon", told);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });
});
