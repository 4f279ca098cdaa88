import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { openFile, palette, pick } from "../vscode/code_server";
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
    assert.match((await scene.step(name).getAttribute("class")) ?? "", /tone-ok/, name);
  }
});

story.part("the finished session's steps show their events", async () => {
  await open("generate_tests");
  await scene.step("generate_tests").locator(".row-file button", { hasText: "tests/test_calculator.py" }).waitFor();
  await scene.step("generate_tests").locator(".row-tool", { hasText: "Write" }).first().waitFor();
  await scene.photograph("5-complete");
  await open("run_tests");
  await scene.step("run_tests").locator(".row pre", { hasText: "test_calculator" }).first().waitFor();
  await scene.step("run_tests").scrollIntoViewIfNeeded();
  await scene.photograph("6-tests");
});

story.part("a file of the record opens in the editor", async () => {
  await scene.step("generate_tests").locator(".row-file button").first().click();
  await scene.page.locator(".tabs-container .tab", { hasText: "test_calculator.py" }).waitFor();
  await scene.page.locator(".tabs-container .tab", { hasText: "Calculator #1" }).click();
});

story.part("a window that is loaded again shows what it showed", async () => {
  await scene.page.reload();
  await scene.row(/Calculator.*complete.*#1/).waitFor();
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
story.part("in a folder that is not trusted nothing is started", async () => {
  await scene.code.stop();
  scene.world.tell("stop");
  const workflows = path.join(scene.world.project, ".treadle", "workflows");
  mkdirSync(workflows, { recursive: true });
  writeFileSync(path.join(workflows, "broken.yaml"), "name: broken\n");
  await scene.code.start({ trust: true });
  await scene.page.context().close();
  scene.page = await scene.code.open(scene.browser, scene.world.project);
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await scene.page.locator(".welcome-view", { hasText: "has to be trusted first" }).waitFor();
  await palette(scene.page, "Treadle: New Session");
  await scene.page.locator(".notification-toast", { hasText: "This folder is not trusted" }).waitFor();
  await openFile(scene.page, "broken.yaml");
  await scene.photograph("10-not-trusted");
  assert.ok(!isRunning());
});

function isRunning(): boolean {
  return (scene.world.ask("status") as { running: boolean }).running;
}

async function open(name: string): Promise<void> {
  const details = scene.step(name).locator("> details");
  if ((await details.getAttribute("open")) === null) {
    await details.locator("> summary").click();
  }
}
