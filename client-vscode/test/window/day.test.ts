import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Holding, isBack, leaveAgent, makeManual, nextStep, stepsOf, until, writeWorkflow } from "./steps";
import { Scene, Story } from "./story";

const SETTING_UP_MS = 300_000;
const agentDoes = (name: string, title: string): string => `name: ${name}\ntitle: ${title}\nsteps:\n  work:\n    agent: ${title}.\n`;
let scene: Scene;
let holding: Holding;

before(async () => {
  scene = await Scene.open("component_test", () => undefined, { isClean: true });
  scene.world.knowClaude();
});

after(() => scene.end());

const story = new Story();
story.tell("a person's first day with Treadle, on a machine that has nothing but the extension", () => scene);

story.part("the extension sets up the Treadle that it brings, by itself", async () => {
  await scene.showSide();
  await scene.toast(/Setting Treadle up/).waitFor();
  await scene.photograph("day-00-setting-up");
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor({ timeout: SETTING_UP_MS });
  await scene.photograph("day-01-welcome");
});

story.part("the walkthrough leads through the first minutes", async () => {
  await palette(scene.page, "Treadle: Open Walkthrough");
  await scene.page.locator(".gettingStartedContainer", { hasText: "Treadle" }).waitFor();
  // Treadle is there, and so is a repository.
  await scene.page.locator(".gettingStartedContainer .codicon-getting-started-step-checked").nth(1).waitFor();
  await scene.photograph("day-02-walkthrough");
});

story.part("the project is set up, and a component declared", async () => {
  await palette(scene.page, "Treadle: Set Up Project");
  await scene.page.locator(".tabs-container .tab", { hasText: "project.yaml" }).waitFor();
  await scene.toast(/calculator is set up/).waitFor();
  await scene.photograph("day-03-set-up");
  await palette(scene.page, "Treadle: New Component");
  await scene.input.fill("Calculator");
  await scene.input.press("Enter");
  await pick(scene.page, "module");
  await pick(scene.page, "Use these places");
  await scene.toast(/Calculator stands in/).waitFor();
  await scene.photograph("day-04-component");
  holding = new Holding(scene.world.project);
  writeWorkflow(scene.world.project, "notes", agentDoes("notes", "Make the notes"));
  writeWorkflow(scene.world.project, "look", agentDoes("look", "Look around"));
  scene.world.git("add", "--all");
  scene.world.git("commit", "--quiet", "--message", "Treadle's project file");
  await palette(scene.page, "Notifications: Clear All Notifications");
});

story.part("a session is worked at by hand, step by step, in the person's own shell", async () => {
  await makeManual(scene, "component_test", "Calculator");
  await scene.photograph("day-05-by-hand");
  await nextStep(scene, "Calculator");
  await doneIn("initialize");
  await isBack(scene, 1);
  await nextStep(scene, "Calculator");
  await scene.terminal(/I wrote 17 tests/).waitFor();
  await doneIn("generate_tests");
  await scene.photograph("day-06-agent");
  await leaveAgent(scene);
  await isBack(scene, 1);
  await nextStep(scene, "Calculator");
  await doneIn("run_tests");
  await isBack(scene, 1);
  await nextStep(scene, "Calculator");
  await lastStepButton("Review Changes").click();
  await scene.page.locator(".monaco-component.multiDiffEditor", { hasText: "test_calculator.py" }).waitFor();
  await scene.photograph("day-07-review");
  await lastStepButton("Finalize").click();
  await scene.row(/Calculator.*complete/).waitFor();
  await scene.photograph("day-08-complete");
  assert.deepEqual(
    stepsOf(scene.world),
    ["initialize", "generate_tests", "run_tests", "finalize"].map((step) => [step, "ok"]),
  );
});

story.part("the agent works in the background, and may do what it asks for", async () => {
  scene.world.useScript("one_ask");
  await palette(scene.page, "Treadle: Run Workflow");
  await pick(scene.page, "Make the notes");
  const asking = scene.toast(/asks for permission: Bash/);
  await asking.hover();
  await scene.photograph("day-09-asks");
  await asking.locator(".monaco-button", { hasText: /^Allow$/ }).click();
  await scene.row(/Make the notes.*complete/).waitFor();
  assert.equal(readFileSync(path.join(scene.world.project, "notes.txt"), "utf8"), "made by a program");
  await scene.photograph("day-10-allowed");
});

story.part("a window that is loaded again in the middle shows what goes on", async () => {
  scene.world.useScript("hang");
  await palette(scene.page, "Treadle: Run Workflow");
  await pick(scene.page, "Look around");
  await scene.step("work").locator(".row-tool", { hasText: "Read" }).first().waitFor();
  await scene.page.reload();
  await scene.row(/Look around.*work/).waitFor();
  await scene.row("Running").waitFor();
  // Which tab was the last one the editor writes down only now and then; a hard reload does not wait for that.
  await palette(scene.page, "Treadle: Open Timeline");
  await pick(scene.page, "Look around");
  await scene.step("work").locator(".row-tool", { hasText: "Read" }).first().waitFor();
  await scene.photograph("day-11-loaded-again");
});

story.part("a daemon that is killed in the middle takes nothing with it", async () => {
  const before = pidOfDaemon();
  assert.ok(before !== null);
  process.kill(before, "SIGKILL");
  await until(() => ![null, before].includes(pidOfDaemon()), "another daemon runs");
  await scene.row("Running").waitFor();
  await scene.row(/Look around.*work/).waitFor();
  await scene.photograph("day-12-daemon-killed");
});

story.part("the mode is switched in the middle, there and back", async () => {
  // The editor brings terminals back in its own time, and shows an older one for one that is made meanwhile.
  await scene.terminal(/Session 1 is complete/).waitFor();
  await palette(scene.page, "Treadle: Switch Mode");
  await pick(scene.page, "Look around");
  await scene.terminal(/Next: work[^]*Run it\?/).waitFor();
  await scene.page.keyboard.press("Enter");
  await scene.terminal(/accept edits on/).waitFor();
  await scene.photograph("day-13-taken-over");
  scene.world.useScript("hello");
  await palette(scene.page, "Treadle: Switch Mode");
  await pick(scene.page, "Look around");
  await scene.row(/Look around.*complete/).waitFor();
  await scene.photograph("day-14-given-back");
});

story.part("two windows on one session: its step is run once", async () => {
  const other = await scene.openAnother();
  await scene.showSide(other);
  await makeManual(scene, "Hold until told");
  const windows = [scene.page, other];
  await nextStep(scene, "Hold until told");
  await isBack(scene, 4);
  await other.locator(".pane-body .monaco-list-row", { hasText: /Hold until told.*waiting at hold/ }).waitFor();
  await Promise.all(windows.map((page) => palette(page, "Treadle: Next Step")));
  // The slower window is told: that it is refused, or, if it has seen it already, that the other one runs it.
  const isTold = Promise.any(windows.map((page) => scene.toast(/somebody else runs it|is being run by/, page).waitFor({ timeout: 90_000 })));
  await Promise.all(windows.map((page) => pick(page, "Hold until told")));
  await holding.hasRun(1);
  for (const page of windows) {
    await page.locator(".pane-body .monaco-list-row", { hasText: "Running" }).waitFor();
  }
  await scene.photograph("day-15-one-window");
  await scene.photograph("day-16-other-window", other);
  await isTold;
  holding.letGo();
  await scene.row(/Hold until told.*waiting at finalize/).waitFor();
  assert.equal(holding.times, 1);
  await nextStep(scene, "Hold until told", other);
  await scene.row(/Hold until told.*complete/).waitFor();
  assert.deepEqual(
    stepsOf(scene.world),
    ["initialize", "hold", "finalize"].map((step) => [step, "ok"]),
  );
  await other.context().close();
});

function lastStepButton(name: string): Locator {
  return scene.toast(/comes to its last step/).locator(".monaco-button", { hasText: name });
}

async function doneIn(step: string): Promise<void> {
  await scene.done(step).waitFor();
}

/** Null: none answers, perhaps because it is just killed. */
function pidOfDaemon(): number | null {
  try {
    const { running, pid } = scene.world.ask("status") as { running: boolean; pid?: number };
    return running ? (pid ?? null) : null;
  } catch {
    return null;
  }
}
