import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test");
  scene.world.knowClaude();
});

after(() => scene.end());

const story = new Story();
story.tell("a person works with Claude Code in a terminal of the editor", () => scene);

const rows = (text: string | RegExp): Locator => scene.page.locator(".xterm-rows", { hasText: text }).filter({ visible: true }).first();
const steps = (id: number): [string, string | undefined][] =>
  (scene.world.ask("show", String(id)) as { interactions: { step: string; result: { status: string } | null }[] }).interactions.map(
    ({ step, result }) => [step, result?.status],
  );

async function confirm(step: string): Promise<void> {
  await rows(new RegExp(`Next: ${step}[^]*Run it\\?`)).waitFor();
  await scene.page.keyboard.press("Enter");
}

async function leave(): Promise<void> {
  await scene.shell.focus();
  await scene.page.keyboard.type("/exit");
  await rows(/❯\s*\/exit/).waitFor();
  await scene.page.keyboard.press("Enter");
}

story.part("New Session opens it in a terminal, in the person's own shell", async () => {
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "component_test");
  await pick(scene.page, "Calculator");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "Create and work in a terminal" }).waitFor();
  await scene.photograph("terminal-1-choice");
  await pick(scene.page, "Create and work in a terminal");
  await confirm("initialize");
  await confirm("generate_tests");
});

story.part("the agent's step is Claude Code's own UI, and the timeline follows it", async () => {
  await rows(/I wrote 17 tests/).waitFor();
  await rows(/accept edits on/).waitFor();
  await scene.done("generate_tests").waitFor();
  await scene.timeline.locator(".facts", { hasText: /Recorded from.*hooks, transcript, status/ }).first().waitFor();
  await scene.photograph("terminal-2-claude");
  assert.deepEqual(steps(1).slice(0, 2), [["initialize", "ok"], ["generate_tests", "ok"]]);
});

story.part("Run Session shows the terminal that is there", async () => {
  await palette(scene.page, "Treadle: Run Session");
  await pick(scene.page, "Calculator");
  assert.equal(await scene.page.locator(".terminal-tabs-entry, .single-terminal-tab", { hasText: "Treadle" }).count(), 1);
});

story.part("who leaves Claude Code goes on with the session's next step", async () => {
  await leave();
  await confirm("run_tests");
  await confirm("finalize");
  await scene.row(/Calculator.*complete.*#1/).waitFor();
  await scene.photograph("terminal-3-complete");
  assert.equal(await scene.page.locator(".notification-toast", { hasText: "does not go on" }).count(), 0);
});

story.part("a session in the background goes on in the person's terminal, and back", async () => {
  scene.world.useScript("hang");
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "Does what you describe");
  await scene.input.fill("look around");
  await scene.input.press("Enter");
  await pick(scene.page, "Create and run");
  await scene.step("work").locator(".row-tool", { hasText: "Read" }).first().waitFor();
  await palette(scene.page, "Treadle: Switch Mode");
  await pick(scene.page, "look around");
  await confirm("work");
  await rows(/accept edits on/).waitFor();
  await scene.photograph("terminal-4-taken-over");
  await scene.row(/look around.*Task #2/).waitFor();
  scene.world.useScript("hello");
  await palette(scene.page, "Treadle: Switch Mode");
  await pick(scene.page, "look around");
  await scene.timeline.locator(".facts", { hasText: /Mode\s*agentic/ }).first().waitFor();
  await scene.done("work").waitFor();
  // The run there has ended; the shell is the person's, and stays. Of what stood there something may still be seen.
  await rows(/was switched to mode agentic[^]*[#$] /).waitFor();
  assert.equal(await scene.page.locator(".notification-toast", { hasText: "exit code" }).count(), 0);
  await scene.photograph("terminal-5-background");
});
