import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { palette, pick } from "../vscode/code_server";
import type { World } from "../vscode/world";
import { isBack, nextStep, writeWorkflow } from "./steps";
import { Scene, Story } from "./story";

const OTHER = "Stunden für Büro";
/** Workflows of the same name, in the order of their sessions. */
const PLACES = [
  { title: "Say where in the office", folder: OTHER },
  { title: "Say where in the calculator", folder: "calculator" },
];

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test", (_project, _code, world) => openSeveral(world));
});

after(() => scene.end());

const story = new Story();
story.tell("a person works in a workspace of several folders", () => scene);

story.part("a folder that is no repository stands in nobody's way", async () => {
  await scene.showSide();
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  await scene.photograph("folders-1-welcome");
});

story.part("New Session asks in which folder, and offers what that folder has", async () => {
  for (const { title, folder } of PLACES) {
    await createIn(folder, title);
  }
  await scene.row(/Say where in the office.*Stunden für Büro.*#1/).waitFor();
  await scene.row(/Say where in the calculator.*calculator.*#2/).waitFor();
  await scene.photograph("folders-4-rows");
});

story.part("a step by hand runs in its session's folder", async () => {
  for (const [id, { title, folder }] of PLACES.entries()) {
    await palette(scene.page, "Treadle: Switch Mode");
    await pick(scene.page, title);
    await scene.page.locator(".statusbar-item", { hasText: `session ${id + 1} now runs step by step` }).waitFor();
    await nextStep(scene, title);
    await isBack(scene, id + 1);
    await nextStep(scene, title);
    await scene.row(new RegExp(`${title}.*waiting at finalize.*#${id + 1}`)).waitFor();
    await scene.photograph(`folders-6-ran-${id + 1}`);
    assert.equal(readFileSync(path.join(placeOf(folder), "where.txt"), "utf8").trim(), placeOf(folder));
  }
});

story.part("a file opens from the timeline where its session changed it", async () => {
  for (const [id, { title, folder }] of PLACES.entries()) {
    await scene.row(new RegExp(`${title}.*waiting`)).click();
    await scene.timeline.locator("h1", { hasText: title }).waitFor();
    await scene.openStep("say");
    await scene.photograph(`folders-7-timeline-${id + 1}`);
    await scene.step("say").locator(".row-file button", { hasText: "where.txt" }).first().click();
    // The editor shows blanks by another character.
    await scene.page.locator(".view-line", { hasText: new RegExp(`/${folder.replaceAll(" ", ".")}$`) }).waitFor();
    await scene.photograph(`folders-8-file-${id + 1}`);
  }
});

async function createIn(folder: string, workflow: string): Promise<void> {
  await palette(scene.page, "Treadle: New Session");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: folder }).waitFor();
  await scene.photograph("folders-2-which");
  await pick(scene.page, folder);
  await scene.page.locator(".quick-input-title", { hasText: "New Session" }).waitFor();
  await scene.input.fill("Say where");
  await scene.photograph("folders-3-types");
  await pick(scene.page, workflow);
  await pick(scene.page, "Create only");
  await scene.timeline.locator("h1", { hasText: workflow }).waitFor();
}

/** The calculator, another repository, and a folder that is none. */
function openSeveral(world: World): void {
  const folder = path.dirname(world.project);
  renameSync(path.join(folder, "report"), path.join(folder, OTHER));
  mkdirSync(path.join(folder, "notes"));
  writeWorkflow(path.join(folder, OTHER), "where", whereIn("office"));
  writeWorkflow(world.project, "where", whereIn("calculator"));
  world.place = path.join(folder, "several.code-workspace");
  writeFileSync(world.place, JSON.stringify({ folders: ["calculator", OTHER, "notes"].map((name) => ({ path: name })) }));
}

function placeOf(name: string): string {
  return path.join(path.dirname(scene.world.project), name);
}

function whereIn(place: string): string {
  return `name: where\ntitle: Say where in the ${place}\nsteps:\n  say:\n    run: [sh, -c, "pwd > where.txt"]\n`;
}
