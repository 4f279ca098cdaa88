import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { InteractionView } from "../../src/protocol";
import { Recorder } from "../vscode/recorder";
import { completeSession, waitingSession } from "./records";
import { Scene, Story } from "./story";

let scene: Scene;
let recorder: Recorder;

before(async () => {
  scene = await Scene.open("component_test");
  await scene.showSide();
  // By then the folder is a project.
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  recorder = await Recorder.connect(scene.world);
});

after(async () => {
  recorder.stop();
  await scene.end();
});

const story = new Story();
story.tell("a person reads, looks for and answers on the timeline", () => scene);

const focused = (): Promise<string> => scene.timeline.locator("article:focus").getAttribute("aria-label").then((label) => label ?? "");
const sought = () => scene.timeline.locator("#search input");

story.part("by keyboard, from step to step and into them", async () => {
  await completeSession(recorder);
  await scene.row(/Make median right.*complete/).click();
  await scene.step("fix").locator(".row").first().waitFor();
  await scene.head("initialize").focus();
  await scene.page.keyboard.press("ArrowDown");
  await scene.timeline.locator("article:focus[aria-label='Step 2, work, ok']").waitFor();
  await scene.page.keyboard.press("ArrowRight");
  await scene.step("work").locator(".row").first().waitFor();
  await scene.page.keyboard.press("ArrowDown");
  await scene.timeline.locator("article.inside:focus").waitFor();
  assert.match(await focused(), /^Conversation started/);
  await scene.page.keyboard.press("ArrowLeft");
  await scene.timeline.locator("article:focus[aria-label='Step 2, work, ok']").waitFor();
  await scene.page.keyboard.press("ArrowLeft");
  await scene.step("work").locator(".row").first().waitFor({ state: "detached" });
});

story.part("details are folded until they are wanted", async () => {
  const read = scene.step("fix").filter({ has: scene.timeline.locator(".what", { hasText: /^Read$/ }) }).first();
  assert.equal(await read.locator("pre").count(), 0);
  await read.locator(".fold").click();
  await read.locator("pre", { hasText: "def median" }).waitFor();
});

story.part("only the kinds that are wanted, and nothing but them", async () => {
  await scene.timeline.locator(".chip", { hasText: "Errors" }).click();
  await scene.step("fix").locator(".row", { hasText: "Not allowed" }).waitFor();
  await scene.step("fix").locator(".row-message").first().waitFor({ state: "detached" });
  await scene.photograph("timeline-narrowed");
  await scene.timeline.locator(".chip", { hasText: "Errors" }).click();
  await scene.step("fix").locator(".row-message").first().waitFor();
});

story.part("Ctrl+F finds in what is not open, too, goes round, and says when there is nothing", async () => {
  await scene.head("fix").focus();
  await scene.page.keyboard.press("Control+f");
  await sought().pressSequentially("short test summary");
  await sought().press("Enter");
  await scene.timeline.locator("article:focus", { hasText: "short test summary" }).waitFor();
  assert.ok((await scene.timeline.locator("body").evaluate(() => [...(CSS.highlights.get("treadle-sought") ?? [])].length)) > 0);
  await scene.photograph("timeline-sought");
  await sought().fill("nobody ever said this");
  await sought().press("Enter");
  await scene.timeline.locator(".told", { hasText: "No more of it" }).waitFor();
  await sought().press("Escape");
});

story.part("what happened between two steps stands there, and is found as well", async () => {
  await sought().fill("median_notes");
  await sought().press("Enter");
  const between = scene.step("Between the steps");
  await between.locator(".row", { hasText: "docs/median_notes.md" }).waitFor();
  await between.locator(".row", { hasText: "Let me look first." }).waitFor();
  await scene.photograph("timeline-between");
  await scene.timeline.locator("article.interlude .toggle").click();
  await between.locator(".row").first().waitFor({ state: "detached" });
  await scene.timeline.locator("article.interlude", { hasText: "Paused" }).waitFor();
});

story.part("all that a command printed is shown, also what its result holds only the ends of", async () => {
  const sessionId = await recorder.newSession("task", "Print a lot", { description: "Print a lot." });
  await recorder.end(await recorder.begin(sessionId), "ok");
  const lines = Array.from({ length: 20_000 }, (_, place) => `line ${place}\n`).join("");
  const { size, outputId: id } = await recorder.ask("output/write", { sessionId, uploadId: "printed", offset: 0, data: Buffer.from(lines).toString("base64"), last: true });
  const stdout = `${lines.slice(0, 32_768)}\n⋯\n${lines.slice(-32_768)}`;
  await recorder.end(await recorder.begin(sessionId), "ok", { stdout, data: { outputs: { stdout: { id, size } } } });
  await scene.row(/Print a lot/).first().click();
  await scene.timeline.locator("h1", { hasText: "Print a lot" }).waitFor();
  await scene.openStep("work");
  const result = scene.step("work").filter({ has: scene.timeline.locator(".what", { hasText: /^Result$/ }) });
  await result.locator(".fold").click();
  await result.locator("button", { hasText: "Show all" }).click();
  const editor = scene.page.locator(".monaco-editor", { hasText: "line 0" });
  await editor.waitFor();
  await editor.locator(".native-edit-context, textarea.inputarea").first().focus();
  await scene.page.keyboard.press("Control+End");
  await scene.page.locator(".view-line", { hasText: "line 19999" }).waitFor();
  await scene.page.keyboard.press("Control+g");
  await scene.input.fill(":10003");
  await scene.input.press("Enter");
  await scene.page.locator(".view-line", { hasText: "line 10000" }).waitFor();
  await scene.photograph("timeline-whole");
  await scene.page.locator(".tabs-container .tab", { hasText: "Make median right #1" }).click();
  await scene.timeline.locator("h1", { hasText: "Make median right" }).waitFor();
});

story.part("a click on a step of the workflow leads there", async () => {
  await scene.timeline.locator("#scroller").evaluate((element) => element.scrollTo(0, 0));
  await scene.timeline.locator(".dot").first().click();
  await scene.timeline.locator("article:focus[aria-label='Step 3, check, error']").waitFor();
  await scene.step("check").locator("pre", { hasText: "2 failed" }).first().waitFor();
});

let working: InteractionView;

story.part("what an agent asks is answered where it stands", async () => {
  working = await waitingSession(recorder);
  await scene.row(/Bash: git push/).first().waitFor();
  await scene.row(/Publish the notes.*asks/).click();
  await scene.timeline.locator(".ask vscode-button", { hasText: "Deny" }).click();
  await scene.timeline.locator(".row", { hasText: "Answered: deny" }).waitFor();
  await scene.timeline.locator(".ask").first().waitFor({ state: "detached" });
});

story.part("a person tells the agent something, which is in the record at once", async () => {
  await scene.timeline.locator("#say textarea").fill("Use tabs, please.");
  await scene.timeline.locator("#say textarea").press("Enter");
  await scene.step("work").locator(".row", { hasText: "Use tabs, please." }).waitFor();
  await scene.photograph("timeline-said");
});

story.part("what comes is followed while the end is looked at, and not when it is not", async () => {
  await recorder.tell(working, Array.from({ length: 60 }, (_, place) => ["conversation_message_received", { text: `Now ${place}` }]));
  await scene.step("work").locator(".row", { hasText: "Now 59" }).waitFor();
  const scroller = scene.timeline.locator("#scroller");
  await scroller.hover();
  await scene.page.mouse.wheel(0, -600);
  const top = await scroller.evaluate(rest);
  await recorder.ask("session/pause", { sessionId: working.sessionId, reason: "A moment." });
  await scene.timeline.locator("article.interlude", { hasText: "Meanwhile" }).waitFor({ state: "attached" });
  await recorder.tell(working, [["conversation_message_received", { text: "Later" }]]);
  await scene.timeline.locator(".news").waitFor();
  assert.equal(await scroller.evaluate((element) => element.scrollTop), top);
  await scene.timeline.locator("button[aria-label^='Go to the latest']").click();
  await scene.step("work").locator(".row", { hasText: "Later" }).waitFor();
  // Followed again; who leaves by a key is not pulled back to the end.
  await scene.timeline.locator("article.inside").last().focus();
  await scene.page.keyboard.press("Home");
  await scene.timeline.locator("article:focus[aria-label^='Step 1,']").waitFor();
  await recorder.tell(working, [["conversation_message_received", { text: "Later still" }]]);
  await scene.timeline.locator(".news").waitFor();
});

/** Where it has come to rest, above its end. */
async function rest(element: Element): Promise<number> {
  for (let still = 0; still < 20; ) {
    const { scrollTop, clientHeight, scrollHeight } = element;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    still = element.scrollTop === scrollTop && scrollTop + clientHeight < scrollHeight - 100 ? still + 1 : 0;
  }
  return element.scrollTop;
}

story.part("a tab that was behind another one is where it was", async () => {
  await scene.page.locator(".tabs-container .tab", { hasText: "Make median right #1" }).click();
  await scene.step("check").locator("pre", { hasText: "2 failed" }).first().waitFor();
});

story.part("what was open between two steps is open again when its tab was behind another one", async () => {
  await sought().fill("median_notes");
  await sought().press("Enter");
  const saved = scene.step("Between the steps").locator(".row", { hasText: "docs/median_notes.md" });
  await saved.waitFor();
  await scene.page.locator(".tabs-container .tab", { hasText: "Publish the notes" }).click();
  await scene.timeline.locator("h1", { hasText: "Publish the notes" }).waitFor();
  await scene.page.locator(".tabs-container .tab", { hasText: "Make median right #1" }).click();
  await saved.waitFor();
});
