import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { openFile, palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

/** Red at first: the loop goes round once before it is green. */
const MEND = `\
# Ünïcode before the place 😀
name: mend
title: Mend what is broken
steps:
  check:
    run: [test, -f, mended.txt]
    max_attempts: 3
    on: {ok: finish, error: fxi}
  fix:
    run: [touch, mended.txt]
    on: {ok: check}
`;
const APPROVE = `\
name: approve
title: Write what was approved
commit: false
parameters:
  word: {type: string, description: "What is written."}
  level: {type: string, choices: [minor, major], default: minor}
steps:
  review:
    ask: "May {{ parameters.word }} be written?"
    answers: {yes: ok, no: error}
    on: {ok: write, error: fail}
  write:
    run: [sh, -c, 'printf "%s/%s/%s" "$1" "$2" "$3" > approved.txt', sh, "{{ parameters.word }}", "{{ parameters.level }}", "{{ results.review.comment }}"]
`;

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test", (project, code) => {
    mkdirSync(path.join(project, ".treadle", "workflows"), { recursive: true });
    writeFileSync(fileOf("mend", project), MEND);
    writeFileSync(fileOf("approve", project), APPROVE);
    code.bind("ctrl+alt+m", "treadle.runWorkflow", { name: "mend" });
  });
});

after(() => scene.end());

const story = new Story();
story.tell("a person writes and runs a workflow in VS Code", () => scene);

const squiggle = (): Locator => scene.page.locator(".squiggly-error");
const lens = (text: RegExp): Locator => scene.page.locator(".codelens-decoration a", { hasText: text });
const tab = (text: string): Locator => scene.page.locator(".tabs-container .tab", { hasText: text });
const toast = (text: RegExp): Locator => scene.page.locator(".notification-toast", { hasText: text });

function fileOf(name: string, project = scene.world.project): string {
  return path.join(project, ".treadle", "workflows", `${name}.yaml`);
}

story.part("a route to a step that is not there is underlined while the file is open, and said in a sentence", async () => {
  await scene.page.locator(".activitybar .action-item", { has: scene.page.locator('[aria-label^="Treadle"]') }).click();
  await openFile(scene.page, "mend.yaml");
  await squiggle().first().waitFor();
  assert.equal(await squiggle().count(), 1);
  assert.equal(await lens(/Run/).count(), 0);
  // Its line moves down when what stands above it comes.
  await scene.page.locator(".codelens-decoration", { hasText: "1 error" }).waitFor();
  await word("fxi").hover();
  await scene.page.locator(".monaco-hover", { hasText: "fxi" }).first().waitFor();
  await scene.photograph("workflow-broken");
});

story.part("completion knows the steps, and the line under the word goes", async () => {
  await word("fxi").dblclick();
  await scene.page.keyboard.press("Delete");
  await scene.page.keyboard.press("Control+Space");
  const offered = scene.page.locator(".suggest-widget .monaco-list-row");
  await offered.first().waitFor();
  await scene.photograph("workflow-completion");
  await offered.filter({ hasText: /^fix/ }).first().click();
  await squiggle().first().waitFor({ state: "detached" });
  await scene.photograph("workflow-fixed");
});

story.part("the lens runs it as it is in the editor, round the loop to its end", async () => {
  await lens(/Run/).first().click();
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
  await scene.row(/Mend what is broken.*complete/).waitFor();
  assert.match(readFileSync(fileOf("mend"), "utf8"), /error: fix\b/);
  await scene.photograph("workflow-complete");
  const steps = await scene.timeline.locator("#steps article.step .name").allTextContents();
  const names = steps.map((text) => /initialize|check|fix|finalize/.exec(text)?.[0]);
  assert.deepEqual(names, ["initialize", "check", "fix", "check", "finalize"]);
});

story.part("back in the file a lens tells of that run, and leads to it", async () => {
  await tab("mend.yaml").click();
  await lens(/Last run: complete/).waitFor();
  await scene.photograph("workflow-last-run");
  await lens(/Last run/).click();
  await scene.timeline.locator(".pill.tone-ok", { hasText: "complete" }).waitFor();
});

story.part("Run Workflow asks for parameters; a question is announced, answered, and the run goes on", async () => {
  await palette(scene.page, "Treadle: Run Workflow…");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "Mend what is broken" }).waitFor();
  await pick(scene.page, "Write what was approved");
  await scene.page.locator(".quick-input-message", { hasText: "What is written." }).waitFor();
  await scene.input.press("Enter");
  await scene.page.locator(".quick-input-message", { hasText: "word needs a value." }).waitFor();
  await scene.input.fill("it's");
  await scene.input.press("Enter");
  await pick(scene.page, "Choose parameters");
  await pick(scene.page, "major");
  await scene.row(/asks: May it's be written\?/).waitFor();
  await toast(/asks: May it's be written\?/).waitFor();
  await scene.photograph("workflow-asks");
  await toast(/asks/).locator(".monaco-button", { hasText: "Answer…" }).click();
  await scene.page.locator('.quick-input-list .monaco-list-row[aria-label="no"]').waitFor();
  await scene.photograph("workflow-answers");
  await pick(scene.page, "yes");
  await scene.input.fill("go on");
  await scene.input.press("Enter");
  await scene.row(/Write what was approved.*complete/).waitFor();
  assert.equal(readFileSync(path.join(scene.world.project, "approved.txt"), "utf8"), "it's/major/go on");
});

story.part("who wants to answer what a terminal has answered meanwhile is told so", async () => {
  await palette(scene.page, "Treadle: Run Workflow…");
  await pick(scene.page, "Write what was approved");
  await scene.input.fill("that");
  await scene.input.press("Enter");
  await pick(scene.page, "Use the defaults");
  const asking = toast(/asks: May that be written\?/);
  await asking.hover(); // it stays as long as it is looked at
  const [ask] = scene.world.ask("asks") as { id: number }[];
  scene.world.tell("answer", String(ask?.id), "no");
  await asking.locator(".monaco-button", { hasText: "Answer…" }).click();
  await toast(/was answered by .*: no\./).first().waitFor();
  await scene.row(/Write what was approved.*failed/).waitFor();
  await scene.photograph("workflow-answered-elsewhere");
  await palette(scene.page, "Notifications: Clear All Notifications");
});

story.part("New Workflow writes a file to begin with, never over one that is there", async () => {
  await palette(scene.page, "Treadle: New Workflow");
  await scene.input.fill("mend");
  await scene.page.locator(".quick-input-message", { hasText: "already something that is called mend" }).waitFor();
  await scene.input.fill("look_around");
  await scene.page.locator(".quick-input-message", { hasText: "already" }).waitFor({ state: "hidden" });
  await scene.input.press("Enter");
  await tab("look_around.yaml").waitFor();
  await lens(/Run/).first().waitFor();
  assert.equal(await squiggle().count(), 0);
  assert.match(readFileSync(fileOf("look_around"), "utf8"), /^name: look_around$/m);
  await scene.photograph("workflow-new");
});

story.part("a workflow that was broken outside is refused with the place, which opens", async () => {
  const broken = MEND.replace("error: fxi", "error: 😀gone");
  writeFileSync(fileOf("mend"), broken);
  await palette(scene.page, "Treadle: Run Workflow…");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: /mend\.yaml.*cannot be run yet/ }).waitFor();
  await scene.photograph("workflow-cannot-run");
  await scene.input.press("Escape");
  await scene.page.keyboard.press("Control+Alt+m");
  await toast(/gone/).waitFor();
  await scene.photograph("workflow-refused");
  await toast(/gone/).locator(".monaco-button", { hasText: "Open" }).click();
  await scene.page.locator(".tabs-container .tab.active", { hasText: "mend.yaml" }).waitFor();
  await scene.page.locator(".statusbar-item", { hasText: "Ln 8, Col 29" }).waitFor();
});

story.part("a daemon that was stopped stays stopped while somebody writes; when it is back it tells what is wrong", async () => {
  await squiggle().first().waitFor();
  scene.world.tell("stop");
  await scene.page.locator(".pane-body .message", { hasText: "It is started when it is needed" }).waitFor();
  await squiggle().first().waitFor({ state: "detached" });
  await word("gone").click();
  await scene.page.keyboard.type("more");
  assert.ok(!(scene.world.ask("status") as { running: boolean }).running);
  assert.equal(await scene.page.locator(".notification-toast").count(), 0);
  await palette(scene.page, "Treadle: Refresh");
  await squiggle().first().waitFor();
});

/** The place of a word in the editor; the innermost element that holds it. */
function word(text: string): Locator {
  return scene.page.locator(".view-line span span", { hasText: text }).last();
}
