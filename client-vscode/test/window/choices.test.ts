import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { palette, pick } from "../vscode/code_server";
import { Holding, makeManual, nextStep, until } from "./steps";
import { Scene, Story } from "./story";

const NO_INTEGRATION = { "terminal.integrated.shellIntegration.enabled": false };
const QUESTION = /does not tell when a command ends/;
const OWN = "Run in a Terminal of Its Own";

let scene: Scene;
let holding: Holding;

before(async () => {
  scene = await Scene.open("component_test", (project, code, world) => {
    holding = new Holding(project);
    code.useTreadle(world.treadle, NO_INTEGRATION);
  });
});

after(() => scene.end());

const story = new Story();
story.tell("a person chooses how runs go", () => scene);

story.part("where the shell does not tell how a command ends, Next Step asks what to do", async () => {
  await scene.showSide();
  await makeManual(scene, "Hold until told");
  await nextStep(scene, "Hold until told");
  await scene.toast(QUESTION).waitFor();
  await scene.photograph("choices-1-asks");
  await scene.toast(QUESTION).locator(".monaco-button", { hasText: OWN }).click();
  await scene.row(/Hold until told.*waiting at hold.*#1/).waitFor();
  await scene.photograph("choices-2-own");
});

story.part("Always is remembered, and the next step runs at once", async () => {
  await nextStep(scene, "Hold until told");
  await scene.toast(QUESTION).locator(".monaco-button", { hasText: "Always" }).click();
  await holding.hasRun(1);
  await scene.photograph("choices-3-always");
  holding.letGo();
  await scene.row(/Hold until told.*waiting at finalize.*#1/).waitFor();
  await nextStep(scene, "Hold until told");
  await scene.row(/Hold until told.*complete.*#1/).waitFor();
  assert.equal(await scene.toast(QUESTION).count(), 0);
  await scene.photograph("choices-4-complete");
});

story.part("when the last window closes, a run goes on, or ends after its step, as it was chosen", async () => {
  holding.holdAgain();
  await runInBackground();
  await holding.hasRun(2);
  scene.code.useTreadle(scene.world.treadle, { "treadle.runs.whenWindowCloses": "stopAfterStep" });
  await scene.page.reload();
  await scene.row(/Hold until told.*hold.*#2/).waitFor();
  await runInBackground();
  await holding.hasRun(3);
  await scene.row(/Hold until told.*hold.*#3/).waitFor();
  await scene.photograph("choices-5-two-runs");
  await scene.page.goto("about:blank");
  await until(() => (scene.world.ask("status") as { editors: number }).editors === 0, "no editor is open");
  holding.letGo();
  await until(() => headOf(2).status === "complete", "the run that goes on has ended");
  await until(() => /No window of an editor is open[^]*waits at its step/.test(logOf(3)), "the other one has ended");
  const { status, pendingInteraction } = headOf(3);
  assert.equal(status, "active");
  assert.equal(pendingInteraction?.claim ?? null, null);
});

story.part("the window that is opened next shows what waits, and goes on with it", async () => {
  scene.page = await scene.openAnother();
  await scene.showSide();
  await scene.row(/Hold until told.*complete.*#2/).waitFor();
  await scene.row(/Hold until told.*waiting at finalize.*#3/).waitFor();
  await scene.photograph("choices-6-waits");
  await palette(scene.page, "Treadle: Run Session");
  await pick(scene.page, "#3");
  await scene.row(/Hold until told.*complete.*#3/).waitFor();
});

async function runInBackground(): Promise<void> {
  await palette(scene.page, "Treadle: Run Workflow");
  await pick(scene.page, "Hold until told");
}

interface Recorded {
  readonly session: { readonly status: string; readonly pendingInteraction: { readonly claim: unknown } | null };
}

function headOf(sessionId: number): Recorded["session"] {
  return (scene.world.ask("show", String(sessionId)) as Recorded).session;
}

/** What its runner wrote. */
function logOf(sessionId: number): string {
  return readFileSync(scene.code.storageOf("treadle.treadle", "runs", `session-${sessionId}.log`), "utf8");
}
