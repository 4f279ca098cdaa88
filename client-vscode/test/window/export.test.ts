import assert from "node:assert/strict";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Recorder } from "../vscode/recorder";
import { completeSession, hostileSession } from "./records";
import { Scene, Story } from "./story";

let scene: Scene;
let recorder: Recorder;
/** The file of the first session. */
let exported = "";
/** What the browser that shows an export complains of, and what it asks others for. */
const complaints: string[] = [];

before(async () => {
  scene = await Scene.open("component_test");
  recorder = await Recorder.connect(scene.world);
});

after(async () => {
  recorder.stop();
  await scene.end();
});

const story = new Story();
story.tell("a session is given to others", () => scene);

story.part("Export… makes one file of it, where the person wants it", async () => {
  await scene.showSide();
  await completeSession(recorder);
  await scene.row(/Make median right.*complete/).waitFor();
  exported = await exportSession("Make median right");
  assert.equal(exported, path.join(realpathSync(scene.world.project), "session-1-make-median-right.html"));
  assert.ok(existsSync(exported));
  await scene.photograph("export-1-done");
});

story.part("any browser shows it as the editor does, and it asks nobody for anything", async () => {
  const page = await browse(exported, "dark");
  await page.locator("h1", { hasText: "Make median right" }).waitFor();
  await page.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  await page.locator('article[data-step="fix"] .row').first().waitFor();
  await scene.photograph("export-2-dark", page);
  await page.locator('article.step[data-step="check"] .toggle').first().click();
  await page.locator('article[data-step="check"] pre', { hasText: "test session starts" }).first().waitFor();
  await page.emulateMedia({ colorScheme: "light" });
  await scene.photograph("export-3-light", page);
  assert.equal(await page.locator("vscode-button").count(), 0, "There is nothing that a reader could do to the session.");
  await page.context().close();
  assert.deepEqual(complaints, []);
});

story.part("it can be searched, and narrowed to kinds", async () => {
  const page = await browse(exported, "light");
  const find = page.getByPlaceholder("Find in the session").last();
  await find.pressSequentially("ZeroDivisionError");
  await find.press("Enter");
  await page.locator("article:focus", { hasText: "ZeroDivisionError" }).waitFor();
  await page.locator(".toolbar .chip", { hasText: "Files" }).click();
  await page.locator("article .row-file").first().waitFor();
  assert.equal(await page.locator("article .row-message").count(), 0);
  await page.context().close();
  assert.deepEqual(complaints, []);
});

story.part("what is hostile in a record is text in the file, too", async () => {
  const sessionId = await hostileSession(recorder);
  const page = await browse(await exportSession(`#${sessionId}`), "dark");
  await page.locator("article").first().waitFor().catch(() => undefined);
  await scene.photograph("export-4-hostile", page);
  assert.deepEqual(complaints, []);
  await page.locator("article .row").first().waitFor();
  assert.equal(await page.locator("script").count(), 3);
  assert.equal(await page.locator("img, iframe, object, embed, form").count(), 0);
  await scene.photograph("export-4-hostile", page);
  await page.context().close();
  assert.deepEqual(complaints, []);
});

story.part("Copy as Markdown, also from the timeline's own menu, puts its record into the clipboard", async () => {
  await scene.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await scene.row(/Make median right.*complete/).click();
  await scene.timeline.locator(".pill", { hasText: "complete" }).waitFor();
  await scene.page.locator('.editor-actions [aria-label^="More Actions"]').first().click();
  await scene.page.locator(".monaco-menu .action-item", { hasText: "Copy as Markdown" }).hover();
  await scene.page.keyboard.press("Enter");
  await scene.page.locator(".statusbar-item", { hasText: "Copied: session 1 as Markdown" }).waitFor();
  const text = String(await scene.page.evaluate("navigator.clipboard.readText()"));
  assert.match(text, /^# Make median right\n\n> Make median right for an even number of values\.\n\n\*\*complete\*\*/);
  assert.match(text, /\n## 3\. check ✗ error/);
  assert.match(text, /\n## Between the steps\n\n\*\*Paused\*\* .*Let me look first\./);
  assert.match(text, /\n```diff\n/);
});

/** The editor's own dialog: a box with the path, which it fills in a moment. Where the file is. */
async function exportSession(session: string): Promise<string> {
  await palette(scene.page, "Treadle: Export…");
  await pick(scene.page, session);
  await scene.page.locator(".quick-input-title", { hasText: "Export Session" }).waitFor();
  const box = ".quick-input-widget input";
  await scene.page.waitForFunction(`document.querySelector(${JSON.stringify(box)})?.value.endsWith(".html")`);
  const file = await scene.input.inputValue();
  await scene.input.press("Enter");
  await scene.toast(`is in ${path.basename(file)}`).waitFor();
  return file;
}

async function browse(exportedFile: string, colorScheme: "dark" | "light"): Promise<Page> {
  const context = await scene.browser.newContext({ colorScheme, viewport: { width: 1_100, height: 900 } });
  const page = await context.newPage();
  const file = pathToFileURL(exportedFile).href;
  page.on("request", (request) => request.url() === file || request.url().startsWith("data:") || complaints.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("dialog", (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(file);
  return page;
}
