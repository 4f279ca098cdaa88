import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { CodeServer, launchChromium, pageInside, palette, pick } from "../vscode/code_server";
import { REPOSITORY, World } from "../vscode/world";

const SCREENSHOTS = path.join(REPOSITORY, "build", "screenshots");
const VSIX = path.join(REPOSITORY, "build", "treadle.vsix");

let world: World;
let code: CodeServer;
let browser: Browser;
let page: Page;

before(async () => {
  rmSync(SCREENSHOTS, { recursive: true, force: true });
  mkdirSync(SCREENSHOTS, { recursive: true });
  world = new World("component_test");
  code = new CodeServer(world);
  code.install(VSIX);
  await code.start();
  browser = await launchChromium();
  page = await code.open(browser, world.project);
});

after(async () => {
  await browser.close();
  await code.stop();
  await world.end();
});

/** The parts of one story, in order. It ends where it breaks; what the window looked like then is kept. */
const story: [name: string, tell: () => Promise<void>][] = [];

function part(name: string, tell: () => Promise<void>): void {
  story.push([name, tell]);
}

test("a person works with Treadle in VS Code", { timeout: 360_000 }, async (context) => {
  const state = { isBroken: false };
  for (const [name, tell] of story) {
    await context.test(name, async () => {
      try {
        await tell();
      } catch (error) {
        state.isBroken = true;
        await photograph("failed");
        throw error;
      }
    });
    if (state.isBroken) {
      break;
    }
  }
});

const photograph = (name: string): Promise<unknown> => page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
const input = (): Locator => page.locator(".quick-input-widget input").first();
const row = (text: string | RegExp): Locator => page.locator(".pane-body .monaco-list-row", { hasText: text });
const step = (name: string): Locator => pageInside(page).locator("#steps > li", { hasText: name });

part("the activity bar has Treadle, whose view says what to do first", async () => {
  await page.locator(".activitybar .action-item", { has: page.locator('[aria-label^="Treadle"]') }).click();
  await page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  await photograph("1-no-sessions");
});

part("New Session asks for type and component, and shows what it made", async () => {
  await palette(page, "Treadle: New Session");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "component_test" }).waitFor();
  assert.match((await page.locator(".quick-input-list .monaco-list-row").first().textContent()) ?? "", /^Task/);
  await photograph("2-type");
  await pick(page, "component_test");
  await pick(page, "Calculator");
  await row("Waiting for you").waitFor();
  await row(/Calculator.*not started.*#1/).waitFor();
  await pageInside(page).locator(".pill", { hasText: "not started" }).waitFor();
  await photograph("3-waiting");
  const sessions = world.ask("sessions") as { environment: string; executionMode: string }[];
  assert.deepEqual(sessions.map(({ environment, executionMode }) => [environment, executionMode]), [["vscode", "agentic"]]);
});

part("Run Session starts the runner; tree and timeline follow it", async () => {
  await palette(page, "Treadle: Run Session");
  await pick(page, "Calculator");
  await row("Running").waitFor();
  await step("generate_tests").locator(".row").first().waitFor();
  await photograph("4-running");
  await row(/Calculator.*complete.*#1/).waitFor();
  await pageInside(page).locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  for (const name of ["initialize", "generate_tests", "run_tests", "finalize"]) {
    assert.match((await step(name).getAttribute("class")) ?? "", /tone-ok/, name);
  }
});

part("the finished session's steps show their events", async () => {
  await open("generate_tests");
  await step("generate_tests").locator(".row-file button", { hasText: "tests/test_calculator.py" }).waitFor();
  await step("generate_tests").locator(".row-tool", { hasText: "Write" }).first().waitFor();
  await photograph("5-complete");
  await open("run_tests");
  await step("run_tests").locator(".row pre", { hasText: "test_calculator" }).first().waitFor();
  await step("run_tests").scrollIntoViewIfNeeded();
  await photograph("6-tests");
});

part("a file of the record opens in the editor", async () => {
  await step("generate_tests").locator(".row-file button").first().click();
  await page.locator(".tabs-container .tab", { hasText: "test_calculator.py" }).waitFor();
  await page.locator(".tabs-container .tab", { hasText: "Calculator #1" }).click();
});

part("a window that is loaded again shows what it showed", async () => {
  await page.reload();
  await row(/Calculator.*complete.*#1/).waitFor();
  await pageInside(page).locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
});

part("New Session takes a task in a person's words, and starts it", async () => {
  world.useScript("component_coding");
  await palette(page, "Treadle: New Session");
  await pick(page, "Does what you describe");
  await input().fill("  ");
  await input().press("Enter");
  await page.locator(".quick-input-message", { hasText: "Say in a sentence" }).waitFor();
  await input().fill("write the calculator that the design describes");
  await page.locator(".quick-input-message", { hasText: "Say in a sentence" }).waitFor({ state: "hidden" });
  await photograph("7-described");
  await input().press("Enter");
  await pick(page, "Create and run");
  await row(/write the calculator that the design describes.*Task #2/).waitFor();
  await step("work").locator(".row").first().waitFor();
  await row(/write the calculator.*complete.*Task #2/).waitFor();
  await pageInside(page).locator("h1", { hasText: "write the calculator that the design describes" }).waitFor();
  const made = (world.ask("sessions") as { id: number; status: string; componentId: number | null }[]).find(({ id }) => id === 2);
  assert.deepEqual([made?.status, made?.componentId], ["complete", null]);
  await photograph("8-task");
});

part("a session that is left half-way is not made", async () => {
  await palette(page, "Treadle: New Session");
  await pick(page, "Does what you describe");
  await input().fill("what nobody wants after all");
  await input().press("Escape");
  await input().waitFor({ state: "hidden" });
  assert.equal((world.ask("sessions") as unknown[]).length, 2);
});

part("a daemon that was stopped stays stopped until somebody needs it", async () => {
  world.tell("stop");
  await page.locator(".pane-body .message", { hasText: "It is started when it is needed" }).waitFor();
  assert.ok(!isRunning());
  await palette(page, "Treadle: Refresh");
  for (const end = Date.now() + 20_000; !isRunning(); ) {
    assert.ok(Date.now() < end, "the daemon runs again");
  }
});

part("a daemon killed by -9 is started again, and the view goes on", async () => {
  const { pid } = world.ask("status") as { pid: number };
  process.kill(pid, "SIGKILL");
  await palette(page, "Treadle: New Session");
  await pick(page, "component_test");
  await pick(page, "Calculator");
  await row(/Calculator.*not started.*#3/).waitFor();
  assert.notEqual((world.ask("status") as { pid: number }).pid, pid);
});

part("a treadle that is not there is said in a sentence, with the way to the settings", async () => {
  code.useTreadle("/nowhere/treadle");
  const notification = page.locator(".notification-toast", { hasText: 'Treadle was not found: "/nowhere/treadle"' });
  await palette(page, "Treadle: New Session");
  await notification.waitFor();
  await photograph("9-not-installed");
  await notification.locator(".monaco-button", { hasText: "Open Settings" }).click();
  await page.locator(".settings-editor", { hasText: "How to call Treadle" }).waitFor();
  await page.keyboard.press("Escape");
  code.useTreadle(world.treadle);
});

// requirement: trust.workspace
part("in a folder that is not trusted nothing is started", async () => {
  await code.stop();
  world.tell("stop");
  await code.start({ trust: true });
  await page.context().close();
  page = await code.open(browser, world.project);
  await page.locator(".activitybar .action-item", { has: page.locator('[aria-label^="Treadle"]') }).click();
  await page.locator(".welcome-view", { hasText: "has to be trusted first" }).waitFor();
  await palette(page, "Treadle: New Session");
  await page.locator(".notification-toast", { hasText: "This folder is not trusted" }).waitFor();
  await photograph("10-not-trusted");
  assert.ok(!isRunning());
});

function isRunning(): boolean {
  return (world.ask("status") as { running: boolean }).running;
}

async function open(name: string): Promise<void> {
  const details = step(name).locator("> details");
  if ((await details.getAttribute("open")) === null) {
    await details.locator("> summary").click();
  }
}
