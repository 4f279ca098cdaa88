import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

const PUBLISH = `\
name: publish
title: Publish the notes
steps:
  work:
    agent: Make the notes and publish them.
`;
const RULES = `\
ask:
  - {tool: Edit, path: README.md}
`;

let scene: Scene;

before(async () => {
  scene = await Scene.open("asking", (project, code) => {
    mkdirSync(path.join(project, ".treadle", "workflows"), { recursive: true });
    writeFileSync(path.join(project, ".treadle", "workflows", "publish.yaml"), PUBLISH);
    writeFileSync(path.join(project, ".treadle", "permissions.yaml"), RULES);
    code.bind("ctrl+alt+p", "treadle.runWorkflow", { name: "publish" });
  });
});

after(() => scene.end());

const story = new Story();
story.tell("a person answers what an agent in the background asks", () => scene);

const toast = (text: RegExp): Locator => scene.page.locator(".notification-toast", { hasText: text });
const button = (within: Locator, text: string): Locator => within.locator(".monaco-button", { hasText: text });
const status = (text: string | RegExp): Locator => scene.page.locator(".statusbar-item", { hasText: text });
const action = (name: string): Locator => scene.page.locator(`.editor-actions .action-item a[aria-label^="${name}"]`);

function made(name: string): string {
  return readFileSync(path.join(scene.world.project, name), "utf8");
}

story.part("a command that nobody allowed is asked about where a person sees it: message, view, status bar", async () => {
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await scene.page.keyboard.press("Control+Alt+p");
  const asking = toast(/Session 1 asks for permission: Bash: python3 -c/);
  await asking.hover(); // it stays as long as it is looked at
  await scene.page.locator(".pane-header", { hasText: /Waiting for an Answer/i }).waitFor();
  await scene.row(/^Bash: python3 -c.*Publish the notes #1/).waitFor();
  await scene.row(/asks: Bash: python3 -c/).waitFor();
  await scene.row("Waiting for you").waitFor();
  await status("Treadle: 1 ask").waitFor();
  await scene.photograph("asks-1-permission");
  await button(asking, "Allow").click();
});

story.part("what a message cannot show whole is not allowed by it, but shown as it is", async () => {
  const asking = toast(/Session 1 asks for permission: Bash: .*sent\.txt.*…/);
  await asking.waitFor();
  assert.equal(made("notes.txt"), "made by a program");
  assert.equal(await button(asking, "Allow").count(), 0);
  await button(asking, "Show…").click();
  await scene.page.locator(".view-line", { hasText: /cat.sent\.txt/ }).waitFor();
  await action("Deny").waitFor();
  await scene.photograph("asks-2-command");
});

story.part("who is slower than a terminal is told who answered what", async () => {
  const [ask] = scene.world.ask("asks") as { id: number }[];
  scene.world.tell("answer", String(ask?.id), "allow");
  await toast(/was answered by .*: Allow/).waitFor();
  await scene.photograph("asks-3-answered-elsewhere");
  await palette(scene.page, "Notifications: Clear All Notifications");
  await toast(/was answered by/).waitFor({ state: "detached" });
  await action("Deny").click();
  await toast(/was answered by .*: Allow/).waitFor();
  await scene.page.keyboard.press("Control+w");
});

story.part("a change of a file is read side by side, and allowed there", async () => {
  const row = scene.row(/^Edit: README\.md/);
  await row.waitFor();
  assert.equal(made("sent.txt"), "sent");
  await row.click();
  await scene.page.locator(".editor.modified .view-line", { hasText: /with.notes/ }).waitFor();
  await scene.photograph("asks-4-diff");
  await action("Allow").first().click();
  await row.waitFor({ state: "detached" });
  assert.equal(await toast(/Ask 3 was answered/).count(), 0);
  await scene.page.keyboard.press("Control+w");
});

story.part("an agent asks in its own words, and hears more than the answer", async () => {
  const row = scene.row(/^Who is to read the notes\?/);
  await row.waitFor();
  assert.match(made("README.md"), /^# Calculator, with notes\n/);
  await palette(scene.page, "Treadle: Say to the Agent…");
  await pick(scene.page, "Publish the notes");
  await scene.input.fill("Thank you, that is all.");
  await scene.input.press("Enter");
  await row.hover();
  await row.locator('a[aria-label^="Answer"]').click();
  await scene.page.locator('.quick-input-list .monaco-list-row[aria-label^="The team"]').waitFor();
  await scene.photograph("asks-5-question");
  await pick(scene.page, "The team");
  await scene.page.locator(".quick-input-title", { hasText: "The team" }).waitFor();
  await scene.input.press("Enter");
});

story.part("then the session goes to its end, nothing waits any more, and the record tells it all", async () => {
  await scene.row(/Publish the notes.*complete/).waitFor();
  await status(/Treadle: \d+ ask/).waitFor({ state: "hidden" });
  await scene.page.locator(".pane-header", { hasText: /Waiting for an Answer/i }).waitFor({ state: "hidden" });
  await scene.page.locator(".tabs-container .tab", { hasText: "Publish the notes #1" }).click();
  await scene.openStep("work");
  for (const text of ["Answered: allow", "Thank you, that is all.", "Who is to read the notes?"]) {
    await scene.step("work").locator(".row", { hasText: text }).first().waitFor();
  }
  await scene.timeline.locator(".totals", { hasText: /Tokens/ }).waitFor();
  await scene.photograph("asks-6-complete");
});
