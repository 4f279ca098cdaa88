import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { Connection } from "../../src/daemon/connection";
import { palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

const MAX_TURNS = 200;
const CLICKS = 30;
const LONG_TITLE = `A title as long as one can be: ${"reconsider the whole of it ".repeat(6)}`.trim();

let scene: Scene;
/** Another client of the same daemon. */
let other: Connection | undefined;
let projectId: number;
const ids = new Map<string, number>();

before(async () => {
  scene = await Scene.open("component_test");
});

after(async () => {
  other?.close();
  await scene.end();
});

const story = new Story();
story.tell("a person finds and tidies sessions in the view", () => scene);

story.part("a session's steps stand below it, and lead to the timeline", async () => {
  await scene.showSide();
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "component_test");
  await pick(scene.page, "Calculator");
  await pick(scene.page, "Create and run");
  await scene.row(/Calculator.*#1/).locator(".monaco-tl-twistie").click();
  await scene.stepRow("generate_tests").waitFor();
  await scene.photograph("view-1-running");
  await scene.row(/Calculator.*complete.*#1/).waitFor();
  for (const name of ["initialize", "generate_tests", "run_tests", "finalize"]) {
    await scene.stepRow(name).filter({ hasText: /\d s$/ }).waitFor();
  }
  await scene.stepRow("run_tests").click();
  await scene.head("run_tests").locator('[aria-expanded="true"]').waitFor();
  await scene.photograph("view-2-steps");
});

story.part("many sessions come in as they are made elsewhere, a hundred rows at a time", async () => {
  const { socket } = scene.world.ask("status") as { socket: string };
  projectId = (scene.world.ask("project") as { project: { id: number } }).project.id;
  other = await Connection.open(socket, { clientId: "other", clientName: "test", workspaceFolders: [] }, projectId);
  for (let count = 1; count <= 130; count += 1) {
    await create(`Part ${count}`);
  }
  await scene.row(/Part 130/).waitFor();
  await scene.row(/Waiting for you\s*130/).waitFor();
  await scene.photograph("view-3-many");
  const more = scene.row(/Show more…\s*30 more/);
  await scrollDownTo(more);
  await scene.photograph("view-4-more");
  await more.click();
  await more.waitFor({ state: "detached" });
  await scene.page.keyboard.press("End");
  await scene.row(/Part 1\D/).waitFor();
  await scene.page.keyboard.press("Home");
  await scene.row(/Part 130/).waitFor();
});

story.part("titles show as text, families count, and what was cancelled is seen", async () => {
  await create("user\u202egpj.exe\nsecond line $(bell) <b>bold</b> **bold**");
  await create(LONG_TITLE);
  const parent = await create("A family of three");
  const first = await create("First part", parent);
  await create("Second part", parent);
  await connected().call("session/cancel", { sessionId: first, reason: "Not needed." });
  await scene.row("usergpj.exe second line $(bell) <b>bold</b> **bold**").waitFor();
  await scene.row(/A family of three.*0 of 2 done, 1 cancelled/).waitFor();
  await scene.row(/Second part.*queued/).waitFor();
  await scene.photograph("view-5-titles");
});

story.part("each click on a row opens it, though the rows are painted again and again", async () => {
  const [one, another] = ["Part 129", "Part 128"] as const;
  const state = { isOver: false };
  const repainting = (async () => {
    for (let round = 0; !state.isOver; round += 1) {
      await Promise.all([one, another].map((title) => connected().call("session/update", { sessionId: idOf(title), title: `${title}, ${round}` })));
    }
  })();
  try {
    for (let round = 0; round < CLICKS; round += 1) {
      const title = round % 2 === 0 ? one : another;
      await scene.row(title).click();
      await scene.page.locator(".tab.active", { hasText: title }).waitFor();
    }
  } finally {
    state.isOver = true;
    await repainting;
  }
  for (const title of [another, one]) {
    await palette(scene.page, "View: Close Editor");
    await scene.page.locator(".tab", { hasText: title }).waitFor({ state: "detached" });
  }
});

story.part("a filter is a matter of words and ticks, and is taken away by a click", async () => {
  await filter("part 12");
  await scene.row("Part 129").waitFor();
  await scene.row("Part 118").waitFor({ state: "detached" });
  await message("Filter: “part 12”").waitFor();
  await scene.photograph("view-7-filtered");
  await filter("nothing is called so");
  const welcome = scene.page.locator(".welcome-view", { hasText: "No session suits the filter" });
  await welcome.waitFor();
  await scene.photograph("view-8-none");
  await welcome.locator(".monaco-button", { hasText: "Clear Filter" }).click();
  await scene.row(/Part 130/).waitFor();
  await message("Filter:").waitFor({ state: "hidden" });
});

story.part("Rename and Copy from a row's menu", async () => {
  await scene.menu(scene.row(/Part 130/), "Rename…");
  await scene.input.fill("x".repeat(201));
  await scene.page.locator(".quick-input-message", { hasText: "at most 200 characters" }).waitFor();
  await scene.photograph("view-9-too-long");
  await scene.input.fill("Tidy the report");
  await scene.input.press("Enter");
  await scene.row("Tidy the report").waitFor();
  await scene.menu(scene.row("Tidy the report"), "Copy…");
  await scene.page.locator(".quick-input-list .monaco-list-row", { hasText: "Command Line" }).waitFor();
  await scene.photograph("view-10-copy");
  await scene.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pick(scene.page, "Title");
  await scene.page.locator(".statusbar-item", { hasText: "Copied: Title" }).waitFor();
  assert.equal(await scene.page.evaluate("navigator.clipboard.readText()"), "Tidy the report");
});

story.part("Delete says what goes and what stays; one that is gone already is told so", async () => {
  const family = scene.row("A family of three");
  await scene.menu(family, "Delete");
  await scene.dialog.getByText("So do the 2 sessions below it").waitFor();
  await scene.photograph("view-11-delete");
  await inDialog("Cancel").click();
  await scene.dialog.waitFor({ state: "detached" });
  await family.waitFor();
  await scene.menu(family, "Delete");
  await inDialog("Delete").click();
  await family.waitFor({ state: "detached" });
  await scene.menu(scene.row("Tidy the report"), "Delete");
  await scene.dialog.waitFor();
  await connected().call("session/delete", { sessionId: idOf("Part 130") });
  await inDialog("Delete").click();
  await scene.toast("has been deleted already").waitFor();
  await scene.photograph("view-12-deleted-already");
});

story.part("Reopen shows the row, however far down; and asks where there may be nothing left to do", async () => {
  await connected().call("session/cancel", { sessionId: idOf("Part 1"), reason: "Not needed." });
  // Loaded again, the window shows the newest hundred, and knows some that have ended though they are older.
  await scene.reloadWith("/session/1/");
  await scene.row(/Waiting for you\s*130/).waitFor();
  await scene.timeline.locator(".pill", { hasText: "complete" }).waitFor();
  await reopen("Part 1");
  await scene.row(/Part 1\D.*Task #2/).waitFor();
  await scene.photograph("view-13-reopened");
  await reopen("Calculator");
  await scene.dialog.getByText("It is complete").waitFor();
  await scene.photograph("view-14-reopen-complete");
  await inDialog("Reopen").click();
  await scene.timeline.locator(".pill", { hasText: "waiting" }).waitFor();
});

function connected(): Connection {
  assert.ok(other);
  return other;
}

/** The wheel of a mouse goes a little way at a time. */
async function scrollDownTo(row: Locator): Promise<void> {
  await scene.page.locator(".pane-body .monaco-list").last().hover();
  for (let turn = 0; turn < MAX_TURNS && !(await row.isVisible()); turn += 1) {
    await scene.page.mouse.wheel(0, 600);
  }
  await row.waitFor();
}

async function filter(words: string): Promise<void> {
  await palette(scene.page, "Treadle: Filter Sessions…");
  await scene.page.locator(".quick-input-title", { hasText: "Filter Sessions" }).waitFor();
  await scene.input.fill(words);
  await scene.photograph("view-6-filter");
  await scene.input.press("Enter");
}

/** Above the sessions. */
function message(text: string): Locator {
  return scene.page.locator(".tree-explorer-viewlet-tree-view > .message", { hasText: text });
}

async function reopen(title: string): Promise<void> {
  await palette(scene.page, "Treadle: Reopen");
  await pick(scene.page, title);
}

function inDialog(button: string): Locator {
  return scene.dialog.locator(".monaco-button", { hasText: button });
}

async function create(title: string, parentSessionId: number | null = null): Promise<number> {
  const { session } = await connected().call("session/create", { type: "task", projectId, title, parentSessionId, options: { description: title } });
  ids.set(title, session.id);
  return session.id;
}

/** By the title that it was made with. */
function idOf(title: string): number {
  const id = ids.get(title);
  assert.ok(id !== undefined, title);
  return id;
}
