import assert from "node:assert/strict";
import { appendFileSync, readdirSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { palette, pick } from "../vscode/code_server";
import { Holding, isBack, makeManual, nextStep, stepsOf, writeWorkflow } from "./steps";
import { Scene, Story } from "./story";

const HUGE = `\
name: huge
title: Print a megabyte
steps:
  print:
    run: [python3, -c, "print(('0123456789' * 8 + chr(10)) * 13000 + 'the end')"]
`;

let scene: Scene;
let holding: Holding;

before(async () => {
  const prepare = (project: string): void => {
    holding = new Holding(project);
    writeWorkflow(project, "huge", HUGE);
  };
  scene = await Scene.open("component_test", prepare, { folder: "Büro 計画 (neu)" });
});

after(() => scene.end());

const story = new Story();
story.tell("what goes wrong in the middle is told, and nothing is lost", () => scene);

story.part("a folder with spaces and letters of every kind is one like others", async () => {
  await scene.showSide();
  await makeManual(scene, "component_test", "Calculator");
  await nextStep(scene, "Calculator");
  await scene.done("initialize").waitFor();
  await isBack(scene, 1);
  await scene.photograph("trouble-1-unicode");
  assert.deepEqual(stepsOf(scene.world)[0], ["initialize", "ok"]);
});

story.part("a step that prints a megabyte is recorded, and the window stays quick", async () => {
  await palette(scene.page, "Treadle: Run Workflow");
  await pick(scene.page, "Print a megabyte");
  await scene.row(/Print a megabyte.*complete.*#2/).waitFor();
  await scene.openStep("print");
  await scene.step("print").locator(".row").first().waitFor();
  await scene.photograph("trouble-2-huge");
});

story.part("a terminal that is closed in the middle leaves the step to whoever goes on", async () => {
  await makeManual(scene, "Hold until told");
  await nextStep(scene, "Hold until told");
  await isBack(scene, 3);
  // A key that was pressed in the shell is no part of the next command.
  await scene.shell.focus();
  await scene.page.keyboard.press("Escape");
  await nextStep(scene, "Hold until told");
  await holding.hasRun(1);
  await palette(scene.page, "Terminal: Kill the Active Terminal Instance");
  await scene.row(/Hold until told.*(interrupted|waiting) at hold.*#3/).waitFor();
  await scene.photograph("trouble-3-closed");
});

story.part("a session that is deleted in another window is gone in this one, and said to be", async () => {
  const other = await scene.openAnother();
  await scene.showSide(other);
  await other.locator(".pane-body .monaco-list-row", { hasText: /Hold until told.*#3/ }).waitFor();
  await palette(scene.page, "Treadle: Next Step");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "Hold until told" }).waitFor();
  scene.world.tell("delete", "3", "--yes");
  await other.locator(".pane-body .monaco-list-row", { hasText: /#3/ }).waitFor({ state: "detached" });
  await pick(scene.page, "Hold until told");
  await scene.toast(/session 3/i).waitFor();
  await scene.photograph("trouble-4-deleted");
  await other.context().close();
});

story.part("a shell that is slow to its prompt is asked about, and has the command typed when it comes to it", async () => {
  const home = scene.world.env.HOME ?? "";
  appendFileSync(path.join(home, ".bashrc"), "while [ ! -e ~/ready ]; do sleep 0.1; done\n");
  await makeManual(scene, "Hold until told");
  await nextStep(scene, "Hold until told");
  await scene.toast(/does not tell when a command ends/).waitFor();
  await scene.photograph("trouble-5-slow-shell");
  writeFileSync(path.join(home, "ready"), "");
  await isBack(scene, 4);
  await scene.row(/Hold until told.*waiting at hold.*#4/).waitFor();
});

story.part("a socket that somebody removed keeps no window out", async () => {
  const data = scene.world.env.TREADLE_DATA_DIR ?? "";
  const [socket] = readdirSync(data).filter((name) => name.endsWith(".sock"));
  assert.ok(socket);
  unlinkSync(path.join(data, socket));
  await scene.page.reload();
  await palette(scene.page, "Treadle: Refresh");
  // The list of terminals names it, too.
  await scene.page.locator(".part.sidebar .monaco-list-row", { hasText: /Calculator.*#1/ }).waitFor();
  await scene.photograph("trouble-6-socket");
});
