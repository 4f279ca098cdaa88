import assert from "node:assert/strict";
import * as vscode from "vscode";
import { groupOf } from "../../src/sessions/groups";
import { Timeline } from "../../src/sessions/timeline";
import { acceptingFirstRows, changesOf, ID, inside, standing, until } from "./editor";

suite("treadle", () => {
  let sessionId = 0;

  test("the package under test is active in a project of its own", async () => {
    const { daemon } = await inside();
    const { projects: [project], projectProblem } = await daemon.ready();
    assert.equal(projectProblem, null);
    assert.ok(project !== undefined);
    assert.equal(project.root, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    assert.deepEqual(project.components.map(({ name }) => name), ["Calculator"]);
  });

  test("every contributed command is registered", async () => {
    const manifest = vscode.extensions.getExtension(ID)?.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command } of manifest.contributes.commands) {
      assert.ok(registered.has(command), command);
    }
  });

  test("New Session makes a session in the daemon", async () => {
    const { daemon } = await inside();
    const choice = { type: "component_test" };
    const made = await acceptingFirstRows(vscode.commands.executeCommand<number | undefined>("treadle.newSession", choice));
    assert.ok(made !== undefined);
    sessionId = made;
    const { session } = await daemon.call("session/get", { sessionId });
    assert.equal(session.environment, "vscode");
    assert.equal(session.executionMode, "agentic");
    assert.equal(session.status, "active");
    assert.deepEqual([session.type, session.interactionCount, session.options], ["component_test", 0, {}]);
    assert.notEqual(session.componentId, null);
  });

  test("the tree shows it among those that wait for a person", async () => {
    const { sessions, tree } = await inside();
    const shown = await until(async () => {
      const node = (await tree.getChildren()).find((group) => group.kind === "group" && group.group === "waiting");
      return node !== undefined && (await tree.getChildren(node)).find((one) => one.kind === "session" && one.head.id === sessionId);
    }, "the session in the tree", changesOf(sessions));
    const item = tree.getTreeItem(shown);
    assert.equal(item.contextValue, "session.waiting.agentic");
    assert.match(String(item.description), /not started/);
  });

  test("its timeline is open, and its page has talked to the extension", async () => {
    await until(
      () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.endsWith(`Calculator #${sessionId}`)),
      "the page's title",
      vscode.window.tabGroups.onDidChangeTabs,
    );
  });

  test("Run Session runs it to its end; timeline and tree follow without being asked", async () => {
    const { daemon, sessions, tree } = await inside();
    const timeline = new Timeline(daemon, sessionId);
    const types = new Set<string>();
    const groups = new Set<string>();
    timeline.changes.listen((change) => {
      if (change.kind === "events") {
        timeline.window(change.interactionId)?.events.forEach((event) => types.add(event.eventType));
      } else if (change.kind === "session") {
        timeline.interactions.forEach((step) => void timeline.open(step.id));
      }
    });
    sessions.changes.listen(() => {
      const head = sessions.get(sessionId);
      groups.add(head === undefined ? "none" : groupOf(head, Date.now()));
    });
    await timeline.load();
    await vscode.commands.executeCommand("treadle.runSession", sessionId);
    await until(() => groups.has("finished"), () => `finished: ${standing(sessions, sessionId)}`, changesOf(sessions));
    await until(() => types.has("file_created") && types.has("command_completed"), "the events of agent and tests", changesOf(timeline));
    assert.ok(groups.has("running"));
    const head = sessions.get(sessionId);
    assert.equal(head?.status, "complete", head?.failureReason ?? "");
    assert.deepEqual(
      timeline.interactions.map((step) => step.step),
      ["initialize", "generate_tests", "run_tests", "finalize"],
    );
    const finished = (await tree.getChildren()).find((group) => group.kind === "group" && group.group === "finished");
    assert.ok(finished !== undefined);
    timeline.dispose();
  });

  test("its steps stand below it, each with what became of it", async () => {
    const { tree } = await inside();
    const group = (await tree.getChildren()).find((each) => each.kind === "group" && each.group === "finished");
    const row = (await tree.getChildren(group)).find((each) => each.kind === "session" && each.head.id === sessionId);
    const steps = await tree.getChildren(row);
    const items = steps.map((step) => tree.getTreeItem(step));
    assert.deepEqual(items.map(({ label }) => label), ["initialize", "generate_tests", "run_tests", "finalize"]);
    assert.deepEqual(items.map(({ contextValue }) => /^step\.ok\.\w+(\.last)?$/.exec(contextValue ?? "")?.[1] ?? ""), ["", "", "", ".last"]);
    assert.match(items[2]?.accessibilityInformation?.label ?? "", /^Step 3, run_tests, ok, /);
    assert.equal(steps[0] === undefined ? null : tree.getParent(steps[0]), row);
  });

  test("what a keybinding gives to New Session is looked at before it is taken", async () => {
    const { sessions } = await inside();
    await sessions.reload();
    const before = sessions.sessions.length;
    for (const argument of [{ type: 7 }, { type: "task", description: ["a", "b"] }]) {
      assert.equal(await vscode.commands.executeCommand("treadle.newSession", argument), undefined);
    }
    await sessions.reload();
    assert.equal(sessions.sessions.length, before);
  });

  test("a keybinding may describe a task, which starts", async () => {
    const { daemon, sessions } = await inside();
    const choice = { type: "task", description: "  add a --json flag\nto the report command " };
    const made = await acceptingFirstRows(vscode.commands.executeCommand<number | undefined>("treadle.newSession", choice));
    assert.ok(made !== undefined);
    const { session } = await daemon.call("session/get", { sessionId: made });
    assert.deepEqual([session.type, session.title, session.componentId], ["task", "add a --json flag", null]);
    assert.deepEqual(session.options, { description: "add a --json flag\nto the report command" });
    await until(() => (sessions.get(made)?.interactionCount ?? 0) > 0, () => `begun: ${standing(sessions, made)}`, changesOf(sessions));
  });
});
