import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test");
});

after(() => scene.end());

const story = new Story();
story.tell("a person works with Treadle in VS Code", () => scene);

story.part("the activity bar has Treadle, whose view says what to do first", async () => {
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  await scene.photograph("1-no-sessions");
});

story.part("New Session asks for type and component, and shows what it made", async () => {
  await palette(scene.page, "Treadle: New Session");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "component_test" }).waitFor();
  assert.match((await scene.page.locator(".quick-input-list .monaco-list-row").first().textContent()) ?? "", /^Task/);
  await scene.photograph("2-type");
  await pick(scene.page, "component_test");
  await pick(scene.page, "Calculator");
  await pick(scene.page, "Create only");
  await scene.row("Waiting for you").waitFor();
  await scene.row(/Calculator.*not started.*#1/).waitFor();
  await scene.timeline.locator(".pill", { hasText: "not started" }).waitFor();
  await scene.photograph("3-waiting");
  const sessions = scene.world.ask("sessions") as { environment: string; executionMode: string }[];
  assert.deepEqual(sessions.map(({ environment, executionMode }) => [environment, executionMode]), [["vscode", "agentic"]]);
});

story.part("Run Session starts the runner; tree and timeline follow it", async () => {
  await palette(scene.page, "Treadle: Run Session");
  await pick(scene.page, "Calculator");
  await scene.row("Running").waitFor();
  await scene.step("generate_tests").locator(".row").first().waitFor();
  await scene.photograph("4-running");
  await scene.row(/Calculator.*complete.*#1/).waitFor();
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  for (const name of ["initialize", "generate_tests", "run_tests", "finalize"]) {
    assert.match((await scene.head(name).getAttribute("class")) ?? "", /tone-ok/, name);
  }
});

story.part("the finished session's steps show their events", async () => {
  await scene.openStep("generate_tests");
  await scene.step("generate_tests").locator(".row-file button", { hasText: "tests/test_calculator.py" }).waitFor();
  await scene.step("generate_tests").locator(".row-tool", { hasText: "Write" }).first().waitFor();
  await scene.photograph("5-complete");
  await scene.openStep("run_tests");
  await scene.step("run_tests").locator(".row pre", { hasText: "test_calculator" }).first().waitFor();
  await scene.head("run_tests").scrollIntoViewIfNeeded();
  await scene.photograph("6-tests");
});

story.part("a file of the record opens in the editor", async () => {
  await scene.step("generate_tests").locator(".row-file button.path", { hasText: "tests/test_calculator.py" }).first().click();
  await scene.page.locator(".tabs-container .tab", { hasText: "test_calculator.py" }).waitFor();
  await scene.page.locator(".tabs-container .tab", { hasText: "Calculator #1" }).click();
});

story.part("a window that is loaded again shows what it showed", async () => {
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  await scene.reloadWith("/session/1/");
  await scene.row(/Calculator.*complete.*#1/).waitFor();
  // Which of its tabs was the one in front is written down later than that they are there.
  await scene.page.locator(".tabs-container .tab", { hasText: "Calculator #1" }).click();
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
});

story.part("New Session takes a task in a person's words, and starts it", async () => {
  scene.world.useScript("component_coding");
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "Does what you describe");
  await scene.input.fill("  ");
  await scene.input.press("Enter");
  await scene.page.locator(".quick-input-message", { hasText: "Say in a sentence" }).waitFor();
  await scene.input.fill("write the calculator that the design describes");
  await scene.page.locator(".quick-input-message", { hasText: "Say in a sentence" }).waitFor({ state: "hidden" });
  await scene.photograph("7-described");
  await scene.input.press("Enter");
  await pick(scene.page, "Create and run");
  await scene.row(/write the calculator that the design describes.*Task #2/).waitFor();
  await scene.step("work").locator(".row").first().waitFor();
  await scene.row(/write the calculator.*complete.*Task #2/).waitFor();
  await scene.timeline.locator("h1", { hasText: "write the calculator that the design describes" }).waitFor();
  const made = (scene.world.ask("sessions") as { id: number; status: string; componentId: number | null }[]).find(({ id }) => id === 2);
  assert.deepEqual([made?.status, made?.componentId], ["complete", null]);
  await scene.photograph("8-task");
});

story.part("a session that is left half-way is not made", async () => {
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "Does what you describe");
  await scene.input.fill("what nobody wants after all");
  await scene.input.press("Escape");
  await scene.input.waitFor({ state: "hidden" });
  assert.equal((scene.world.ask("sessions") as unknown[]).length, 2);
});

story.part("a daemon that was stopped stays stopped until somebody needs it", async () => {
  scene.world.tell("stop");
  await scene.page.locator(".pane-body .message", { hasText: "It is started when it is needed" }).waitFor();
  assert.ok(!isRunning());
  await palette(scene.page, "Treadle: Refresh");
  for (const end = Date.now() + 20_000; !isRunning(); ) {
    assert.ok(Date.now() < end, "the daemon runs again");
  }
});

story.part("a daemon killed by -9 is started again, and the view goes on", async () => {
  const { pid } = scene.world.ask("status") as { pid: number };
  process.kill(pid, "SIGKILL");
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "component_test");
  await pick(scene.page, "Calculator");
  await pick(scene.page, "Create only");
  await scene.row(/Calculator.*not started.*#3/).waitFor();
  assert.notEqual((scene.world.ask("status") as { pid: number }).pid, pid);
});

story.part("a treadle that is not there is said in a sentence, with the way to the settings", async () => {
  scene.code.useTreadle("/nowhere/treadle");
  const notification = scene.page.locator(".notification-toast", { hasText: 'Treadle was not found: "/nowhere/treadle"' });
  await palette(scene.page, "Treadle: New Session");
  await notification.waitFor();
  await scene.photograph("9-not-installed");
  await notification.locator(".monaco-button", { hasText: "Open Settings" }).click();
  await scene.page.locator(".settings-editor", { hasText: "How to call Treadle" }).waitFor();
  await scene.page.keyboard.press("Escape");
  scene.code.useTreadle(scene.world.treadle);
});

// requirement: trust.workspace
story.part("in a folder that is not trusted its sessions can be looked at, and nothing else", async () => {
  await scene.code.stop();
  scene.world.tell("stop");
  scene.code.bind("ctrl+alt+n", "treadle.newSession", { type: "component_test" });
  await scene.code.start({ trust: true });
  await scene.page.context().close();
  scene.page = await scene.code.open(scene.browser, scene.world.project);
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await restricted().waitFor();
  await scene.row(/Calculator.*complete.*#1/).click();
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  await scene.photograph("10-not-trusted");
  await scene.page.keyboard.press("F1");
  await scene.input.fill(">Treadle: ");
  const offered = scene.page.locator(".quick-input-list .monaco-list-row");
  await offered.filter({ hasText: "Treadle: Refresh" }).first().waitFor();
  assert.equal(await offered.filter({ hasText: "Treadle: New Session" }).count(), 0);
  await scene.page.keyboard.press("Escape");
});

story.part("once it is trusted, everything can be done there", async () => {
  await palette(scene.page, "Workspaces: Manage Workspace Trust");
  await scene.page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).first().click();
  await restricted().waitFor({ state: "hidden" });
  await scene.row(/Calculator.*complete.*#1/).waitFor();
  await scene.page.keyboard.press("Control+Alt+n");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "Calculator" }).waitFor();
  await scene.photograph("11-trusted");
});

function restricted(): Locator {
  return scene.page.locator(".pane-body", { hasText: "Restricted Mode: sessions can be looked at" }).first();
}

function isRunning(): boolean {
  return (scene.world.ask("status") as { running: boolean }).running;
}
