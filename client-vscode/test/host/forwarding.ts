import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { SessionEventView } from "../../src/protocol";
import { groupOf } from "../../src/sessions/groups";
import { changesOf, inside, until } from "./editor";

suite("what happens in the workspace", () => {
  let sessionId = 0;
  let root = "";

  async function recorded(): Promise<SessionEventView[]> {
    const { daemon } = await inside();
    return (await daemon.call("session/getEvents", { sessionId, limit: 1_000 })).data;
  }

  async function found(what: string, suits: (event: SessionEventView) => boolean): Promise<SessionEventView> {
    const { daemon } = await inside();
    return until(async () => (await recorded()).find(suits), what, (again) => daemon.notices.listen(again));
  }

  suiteSetup(async () => {
    const { daemon, sessions } = await inside();
    root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    await until(() => daemon.state.kind === "ready", "connected", (again) => daemon.states.listen(again));
    await sessions.reload();
    const isQuiet = (): boolean => sessions.sessions.every((head) => groupOf(head, Date.now()) !== "running");
    await until(isQuiet, "no step of another session runs", changesOf(sessions));
    const [project] = (await daemon.ready()).projects;
    assert.ok(project !== undefined);
    const componentId = project.components[0]?.id ?? null;
    const made = await daemon.call("session/create", { type: "component_test", componentId, projectId: project.id, environment: "vscode" });
    sessionId = made.session.id;
    await daemon.call("session/nextCommand", { sessionId });
    await until(() => sessions.get(sessionId)?.interactionCount === 1, "the session waits with a step", changesOf(sessions));
  });

  test("files that come are told, but for those that git ignores", async () => {
    appendFileSync(path.join(root, ".git", "info", "exclude"), "\nignored_here/\n");
    mkdirSync(path.join(root, "ignored_here"));
    writeFileSync(path.join(root, "ignored_here", "one.txt"), "x");
    writeFileSync(path.join(root, "notes ü.txt"), "x");
    const event = await found("the new file", ({ data }) => data.path === "notes ü.txt");
    assert.deepEqual([event.eventType, event.source, event.interactionId, event.data], ["file_created", "watcher", null, { path: "notes ü.txt" }]);
    assert.match(JSON.stringify(event.metadata), /^\{"client":"vscode \d[^"]*"\}$/);
    const paths = (await recorded()).map(({ data }) => data.path);
    assert.deepEqual(paths.filter((each) => typeof each === "string" && /^(ignored_here|\.git\/)/.test(each)), []);
  });

  test("a file that a person saves is told as saved, once", async () => {
    const document = await vscode.workspace.openTextDocument(path.join(root, "pyproject.toml"));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), "# a person was here\n");
    await vscode.workspace.applyEdit(edit);
    assert.ok(await document.save());
    const event = await found("the saved file", ({ data }) => data.path === "pyproject.toml");
    assert.deepEqual([event.eventType, event.data], ["file_modified", { path: "pyproject.toml", saved: true }]);
  });

  test("a command in a terminal is told with how it ended, and a run of Treadle is not", async () => {
    const terminal = vscode.window.createTerminal({ name: "person", cwd: root });
    const { shellIntegration } = await until(() => terminal.shellIntegration !== undefined && terminal, "shell integration", vscode.window.onDidChangeTerminalShellIntegration);
    assert.ok(shellIntegration);
    for (const line of ["false treadle run", 'sh -c "exit 3"']) {
      const ended = new Promise<void>((resolve) => {
        const listening = vscode.window.onDidEndTerminalShellExecution(({ execution }) => {
          if (execution.commandLine.value === line) {
            listening.dispose();
            resolve();
          }
        });
      });
      shellIntegration.executeCommand(line);
      await ended;
    }
    const completed = await found("the command's end", ({ eventType, data }) => eventType === "command_completed" && data.exit_code === 3);
    const events = await recorded();
    const started = events.filter(({ eventType }) => eventType === "command_started");
    assert.deepEqual(started.map(({ data }) => data.command), ['sh -c "exit 3"']);
    assert.deepEqual([started[0]?.data.terminal, started[0]?.data.working_directory, started[0]?.source], ["person", ".", "terminal"]);
    assert.equal(completed.data.execution_id, started[0]?.data.execution_id);
    assert.deepEqual(events.filter(({ data }) => data.path === "pyproject.toml").length, 1);
    terminal.dispose();
  });
});
