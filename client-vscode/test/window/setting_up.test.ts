import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before } from "node:test";
import { palette } from "../vscode/code_server";
import { Scene, Story } from "./story";

/** Python packages are fetched, or at least unpacked. */
const INSTALLATION_MS = 300_000;

let scene: Scene;

before(async () => {
  scene = await Scene.open("component_test", (_, code) => code.useTreadle(null, { "treadle.python": "/nowhere/python" }));
});

after(() => scene.end());

const story = new Story();
story.tell("the extension sets its own Treadle up", () => scene);

story.part("without a Python it is said what is needed, with what can be done", async () => {
  await scene.showSide();
  await scene.toast(/Treadle needs Python 3\.11 or newer, and "\/nowhere\/python".* is none/).waitFor();
  await scene.page.locator(".welcome-view", { hasText: "Treadle is not set up yet" }).waitFor();
  await scene.photograph("setting-up-1-no-python");
});

story.part("with one, it is set up once, and the view is ready", async () => {
  scene.code.useTreadle(null);
  await scene.toast("Setting Treadle up").waitFor();
  await scene.page.locator(".welcome-view", { hasText: "Treadle is being set up" }).waitFor();
  await scene.photograph("setting-up-2-at-work");
  await scene.page.locator(".welcome-view", { hasText: "No sessions yet" }).waitFor({ timeout: INSTALLATION_MS });
  await scene.photograph("setting-up-3-ready");
  const [environment, ...others] = readdirSync(scene.code.storageOf("treadle.treadle", "environments"));
  assert.match(environment ?? "", /^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  assert.deepEqual(others, []);
});

story.part("Restart Daemon makes another one, which this window finds", async () => {
  const before = scene.world.ask("status") as { pid: number };
  await palette(scene.page, "Treadle: Restart Daemon");
  await scene.page.locator(".statusbar-item", { hasText: "Restarting the Treadle daemon" }).waitFor();
  await scene.page.locator(".statusbar-item", { hasText: "Restarting the Treadle daemon" }).waitFor({ state: "detached" });
  const now = scene.world.ask("status") as { pid: number; running: boolean };
  assert.ok(now.running && now.pid !== before.pid);
});
