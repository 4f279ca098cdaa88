import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import { palette, pick } from "../vscode/code_server";
import { Scene, Story } from "./story";

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test");
});

after(() => scene.end());

const story = new Story();
story.tell("a session's timeline is an editor like any other", () => scene);

story.part("it opens as a tab that is called as the session", async () => {
  await scene.showSide();
  await palette(scene.page, "Treadle: New Session");
  await pick(scene.page, "component_test");
  await pick(scene.page, "Calculator");
  await pick(scene.page, "Create only");
  await scene.timeline.locator(".pill", { hasText: "not started" }).waitFor();
  await tab("Component tests · Calculator #1").waitFor();
});

story.part("the tab is called anew as soon as the session is", async () => {
  scene.world.tell("rename", "1", "Tests that say <b>what</b>");
  await tab("Tests that say <b>what</b> #1").waitFor();
  await scene.timeline.locator("h1", { hasText: "Tests that say <b>what</b>" }).waitFor();
});

story.part("a window that is loaded again has it again, and so has another one its own, also split like a file", async () => {
  await scene.reloadWith("/session/1/");
  await tab("Tests that say <b>what</b> #1").waitFor();
  await scene.timeline.locator(".pill", { hasText: "not started" }).waitFor();
  const another = await scene.openAnother();
  await scene.showSide(another);
  await another.locator(".pane-body .monaco-list-row", { hasText: "not started" }).click();
  await pages(another, 1);
  scene.world.tell("rename", "1", "Seen twice");
  await tab("Seen twice #1", another).waitFor();
  await tab("Seen twice #1").waitFor();
  // There, and not where a window is loaded again: the editor stores which groups it has only now and then.
  await palette(another, "View: Split Editor Right");
  await pages(another, 2);
  await scene.photograph("timeline-split", another);
  await another.context().close();
});

story.part("while the daemon is away it says so, and comes back with it", async () => {
  scene.world.tell("stop");
  await scene.timeline.locator("#notice", { hasText: "It is started when it is needed" }).waitFor();
  await palette(scene.page, "Treadle: Refresh");
  await scene.timeline.locator("#notice").waitFor({ state: "hidden" });
});

story.part("a session that is gone is said to be gone, also when the window is loaded again", async () => {
  scene.world.tell("delete", "1", "--yes");
  await scene.timeline.locator("#notice", { hasText: "no session" }).waitFor();
  await scene.reloadWith("/session/1/");
  await scene.timeline.locator("#notice", { hasText: "no session" }).waitFor();
  await scene.photograph("timeline-gone");
});

function tab(label: string, page = scene.page): ReturnType<Page["locator"]> {
  return page.locator(".tabs-container .tab", { hasText: label });
}

/** As many webviews show the session. */
async function pages(page: Page, count: number): Promise<void> {
  for (const end = Date.now() + 60_000; ; ) {
    const shown = await Promise.all((await page.locator("iframe.webview").all()).map((frame) => hasPill(frame.contentFrame())));
    if (shown.filter(Boolean).length === count) {
      return;
    }
    assert.ok(Date.now() < end, `${count} timelines are shown`);
  }
}

async function hasPill(frame: FrameLocator): Promise<boolean> {
  return (await frame.frameLocator("iframe#active-frame").locator(".pill").count()) > 0;
}
