import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import type { InteractionView } from "../../src/protocol";
import { palette } from "../vscode/code_server";
import { Recorder, type Told } from "../vscode/recorder";
import { REPOSITORY } from "../vscode/world";
import { Scene, Story, THEMES, WIDTHS } from "./story";

const MANY = 100_000;
const FEW = 100;
const BURST_SECONDS = 8;
const BURST = 1_000;
/** An agent that is quick makes about ten events a second. */
const HOUR_ROUNDS = 36;

let scene: Scene;
let recorder: Recorder;
const measured: Record<string, number> = {};

before(async () => {
  scene = await Scene.open("component_test");
  await scene.showSide();
  // By then the folder is a project.
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor();
  recorder = await Recorder.connect(scene.world);
});

after(async () => {
  writeFileSync(path.join(REPOSITORY, "build", "screenshots", "timeline-measured.json"), JSON.stringify(measured, null, 2));
  console.log(JSON.stringify(measured));
  recorder.stop();
  await scene.end();
});

const story = new Story();
story.tell("a very long session is as quick as a short one", () => scene);

/** Of all kinds, as an agent at work makes them. */
function told(from: number, count: number): Told[] {
  return Array.from({ length: count }, (_, place): Told => {
    const at = from + place;
    const id = `toolu_${Math.floor(at / 4)}`;
    switch (at % 4) {
      case 0:
        return ["conversation_message_received", { text: `Message ${at}: I look at \`module_${at}.py\` and **then** go on.` }];
      case 1:
        return ["tool_called", { tool_use_id: id, tool: "Bash", input: { command: `python -m pytest tests/test_${at}.py`, description: `Run test ${at}` } }];
      case 2:
        return ["command_output", { tool_use_id: id, tool: "Bash", stream: "stdout", text: `\u001b[32m....\u001b[0m ${at}\nsecond line of ${at}\n` }];
      default:
        return ["tool_result", { tool_use_id: id, tool: "Bash", is_error: at % 4_999 === 0, content: "....", duration_ms: 12 }];
    }
  });
}

async function sessionOf(count: number, title: string): Promise<InteractionView> {
  const sessionId = await recorder.newSession("task", title, { description: title });
  await recorder.end(await recorder.begin(sessionId), "ok");
  const step = await recorder.begin(sessionId);
  await recorder.tell(step, told(0, count), 1);
  return step;
}

let long: InteractionView;

story.part("many events are recorded", async () => {
  const short = await sessionOf(FEW, "A short one");
  await recorder.end(short, "ok");
  const started = Date.now();
  long = await sessionOf(MANY, "A long one");
  measured.recordedMs = Date.now() - started;
  await scene.row(/A long one/).first().waitFor();
});

story.part("a long one opens as quickly as a short one", async () => {
  // The first page of a window also loads the editor's own parts.
  for (const [name, title] of [["warmUpMs", "A short one"], ["shortMs", "A short one"], ["longMs", "A long one"], ["shortAgainMs", "A short one"], ["longAgainMs", "A long one"]] as const) {
    measured[name] = await opened(title);
    await closeAll();
  }
});

async function opened(title: string): Promise<number> {
  const row = scene.row(new RegExp(title)).first();
  const started = Date.now();
  await row.click();
  await scene.timeline.locator("h1", { hasText: title }).waitFor();
  await scene.step("work").locator(".row", { hasText: "Message" }).first().waitFor();
  return Date.now() - started;
}

async function closeAll(): Promise<void> {
  await palette(scene.page, "View: Close All Editors in Group");
  await scene.page.locator("iframe.webview").waitFor({ state: "detached" });
}

story.part("who reads in the middle stays there while pages come and go", async () => {
  await opened("A long one");
  await scene.photograph("timeline-100000");
  const scroller = scene.timeline.locator("#scroller");
  const kept = await scroller.evaluate(async (element) => {
    const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));
    const seen = (): Map<string, number> => new Map([...document.querySelectorAll("#steps article")].map((each) => [each.id, each.getBoundingClientRect().top]));
    let worst = 0;
    let pages = 0;
    let most = 0;
    for (let round = 0; round < 200; round += 1) {
      const before = seen();
      const top = element.scrollTop;
      element.scrollTop = top - 200;
      await frame();
      await frame();
      // Rows move by what was scrolled and by nothing else.
      const moved = [...seen()].filter(([id]) => before.has(id)).map(([id, at]) => at - (before.get(id) ?? 0));
      pages += element.scrollTop > top ? 1 : 0;
      most = Math.max(most, document.querySelectorAll("#steps article").length);
      const by = moved.map((each) => Math.abs(each - 200));
      worst = Math.max(worst, ...by);
    }
    return { worst, pages, most };
  });
  measured.worstJumpPx = kept.worst;
  measured.pagesWhileScrolling = kept.pages;
  measured.mostArticles = kept.most;
  assert.ok(kept.pages > 0, "pages came before what was read");
});

story.part("a burst of events does not hold the window up, and the end is followed", async () => {
  await closeAll();
  await opened("A long one");
  const longest = scene.timeline.locator("body").evaluate(
    (_, seconds) =>
      new Promise<{ longest: number; count: number; memory: number; messages: number }>((resolve) => {
        const tasks: number[] = [];
        let messages = 0;
        window.addEventListener("message", () => (messages += 1));
        new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration))).observe({ type: "longtask" });
        setTimeout(() => resolve({ longest: Math.max(0, ...tasks), count: tasks.length, memory: (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0, messages }), seconds * 1_000);
      }),
    BURST_SECONDS + 2,
  );
  const started = Date.now();
  for (let second = 0; second < BURST_SECONDS; second += 0.25) {
    await recorder.tell(long, told(MANY + second * BURST, BURST / 4), 1);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, started + (second + 0.25) * 1_000 - Date.now())));
  }
  measured.burstMs = Date.now() - started;
  const told_ = await longest;
  Object.assign(measured, { burstLongestTaskMs: told_.longest, burstLongTasks: told_.count, burstMessages: told_.messages, heapMb: Math.round(told_.memory / 1_048_576) });
  const last = MANY + BURST_SECONDS * BURST - 4;
  await scene.step("work").locator(".row", { hasText: `Message ${last}:` }).waitFor();
  await scene.photograph("timeline-burst");
});

story.part("an hour of it, played fast, leaves no more behind than a minute", async () => {
  const held = (): Promise<{ items: number; elements: number; heapMb: number }> =>
    scene.timeline.locator("treadle-timeline").evaluate((page: HTMLElement & { items?: readonly unknown[] }) => ({
      items: page.items?.length ?? 0,
      elements: document.querySelectorAll("*").length,
      heapMb: Math.round(((performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0) / 1_048_576),
    }));
  const collector = await scene.page.context().newCDPSession(scene.page);
  await collector.send("HeapProfiler.collectGarbage");
  const before = await held();
  let at = MANY + BURST_SECONDS * BURST;
  for (let round = 0; round < HOUR_ROUNDS; round += 1) {
    await recorder.tell(long, told(at, BURST), 1);
    at += BURST;
    await scene.step("work").locator(".row", { hasText: `Message ${at - 4}:` }).waitFor();
  }
  await collector.send("HeapProfiler.collectGarbage");
  const after = await held();
  Object.assign(measured, { hourEvents: HOUR_ROUNDS * BURST, heapBeforeHourMb: before.heapMb, heapAfterHourMb: after.heapMb });
  assert.ok(after.items < 1_500, `${after.items} items`);
  assert.ok(after.elements < 2 * before.elements + 500, `${after.elements} elements`);
  assert.ok(after.heapMb < before.heapMb + 60, `${before.heapMb} MB, then ${after.heapMb} MB`);
});

story.part("an error far away is found", async () => {
  await scene.timeline.locator("#scroller").evaluate((element) => element.scrollTo(0, 0));
  const started = Date.now();
  await scene.timeline.locator("button[aria-label='Go to the next error']").click();
  await scene.step("work").locator(".row.tone-error").first().waitFor();
  measured.nextErrorMs = Date.now() - started;
  await scene.photograph("timeline-error");
});

story.part("a text far away is found, and marked", async () => {
  const started = Date.now();
  await scene.timeline.locator("#search input").fill("Message 50000:");
  await scene.timeline.locator("#search input").press("Shift+Enter");
  await scene.step("work").locator(".row", { hasText: "Message 50000:" }).waitFor();
  measured.findMs = Date.now() - started;
  assert.ok((await scene.timeline.locator("body").evaluate(() => CSS.highlights.size)) > 0);
  await scene.photograph("timeline-found");
});

for (const [theme, { id, base }] of Object.entries(THEMES)) {
  story.part(`it looks right in ${theme}, wide and narrow`, async () => {
    scene.code.set({ "workbench.colorTheme": id });
    await scene.page.reload();
    await scene.page.locator(`.monaco-workbench.${base}`).waitFor();
    await opened("A long one");
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      await scene.page.setViewportSize({ width: pixels, height: 850 });
      await scene.step("work").locator(".row:visible").first().waitFor();
      await scene.photograph(`timeline-100000-${theme}-${width}`);
    }
  });
}
