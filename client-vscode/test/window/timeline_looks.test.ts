import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { Recorder } from "../vscode/recorder";
import { completeSession, failedSession, hostileSession, runningSession, waitingSession } from "./records";
import { Scene, Story, THEMES, WIDTHS } from "./story";

/** By what the view calls them, what their page does, and what shows that it is there. */
const SESSIONS = {
  fresh: [/Not begun.*not started/, "Not begun", "#empty"],
  running: [/Build the docs.*work/, "Build the docs", ".row.tone-running"],
  waiting: [/Publish the notes.*asks/, "Publish the notes", ".ask"],
  failed: [/Mend the parser.*failed/, "Mend the parser", ".row-error"],
  complete: [/Make median right.*complete/, "Make median right", ".row-file"],
  hostile: [/onerror/, "onerror", ".row-message"],
} as const;
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

interface Barrier {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let scene: Scene;
let recorder: Recorder;

before(async () => {
  scene = await Scene.open("component_test");
  await scene.showSide();
  // By then the folder is a project.
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  recorder = await Recorder.connect(scene.world);
  await recorder.newSession("task", "Not begun", { description: "Look around." });
  await completeSession(recorder);
  await failedSession(recorder);
  await runningSession(recorder);
  await hostileSession(recorder);
  await waitingSession(recorder);
  // The view of asks moves the sessions down.
  await scene.row(/Bash: git push/).first().waitFor();
});

after(async () => {
  recorder.stop();
  await scene.end();
});

const story = new Story();
story.tell("the timeline shows what was asked, done, failed, spent and changed, to everybody", () => scene);

for (const [theme, { id }] of Object.entries(THEMES)) {
  story.part(`in ${theme}, wide and narrow, without a serious barrier`, async () => {
    if (theme !== "dark") {
      scene.code.set({ "workbench.colorTheme": id });
      await scene.page.reload();
      await scene.row(/Bash: git push/).first().waitFor();
    }
    for (const [name, [row, title, sign]] of Object.entries(SESSIONS)) {
      await show(row);
      await scene.timeline.locator("h1", { hasText: title }).waitFor();
      await scene.timeline.locator(sign).first().waitFor();
      for (const [width, pixels] of Object.entries(WIDTHS)) {
        await scene.page.setViewportSize({ width: pixels, height: 850 });
        await drawn();
        await scene.photograph(`timeline-${name}-${theme}-${width}`);
        assert.deepEqual(await barriers(), [], `${name}, ${width}`);
      }
    }
  });
}

story.part("what would harm a reader is text", async () => {
  await show(SESSIONS.hostile[0]);
  await scene.timeline.locator("h1", { hasText: "<img src=x onerror=alert(1)> ${7*7}" }).waitFor();
  await scene.timeline.locator("#scroller").evaluate((element) => element.scrollTo(0, 0));
  await scene.timeline.locator(".row", { hasText: "Not a heading" }).waitFor();
  assert.equal(await scene.timeline.locator("#steps :is(img, iframe, script, style, h1, a)").count(), 0);
});

/** Opens a session's timeline; the hover of another row may lie above it. */
async function show(row: RegExp): Promise<void> {
  await scene.page.mouse.move(2, 2);
  await scene.page.locator(".monaco-hover:visible").first().waitFor({ state: "detached" });
  await scene.row(row).first().click();
  await scene.page.mouse.move(2, 2);
}

/** The page has its icons, and has drawn what it was told. */
function drawn(): Promise<void> {
  return scene.timeline.locator("#scroller").evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 6; frame += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
}

async function barriers(): Promise<string[]> {
  const body = scene.timeline.locator("body");
  await body.evaluate(AXE);
  const violations = await body.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(context: object): Promise<{ violations: Barrier[] }> } };
    // What a program prints has the colours that it asked for, as the theme has them.
    return (await axe.run({ include: document, exclude: [".block-terminal pre"] })).violations;
  });
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`));
}
