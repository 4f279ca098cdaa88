import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { CodeServer, launchChromium } from "../vscode/code_server";
import { REPOSITORY, World } from "../vscode/world";

/** What the editor itself says on the way. */
const NOISE = /^(\[|Ignoring|Creati|Resolv|Updating|Reconnect|Connect)/;

let world: World;
let code: CodeServer;
let browser: Browser;

before(async () => {
  world = new World("component_test");
  code = new CodeServer(world);
  code.install(path.join(REPOSITORY, "build", "treadle.vsix"));
  await code.start({ driver: true });
  browser = await launchChromium();
});

after(async () => {
  await browser.close();
  await code.stop();
  await world.end();
});

test("the suite inside the extension host", { timeout: 480_000 }, async () => {
  const client = process.cwd();
  const lines: string[] = [];
  const suite = path.join(client, "out-test", "vscode", "suite.js");
  const empty = path.join(client, "test", "vscode", "empty");
  const exit = await code.runInside(browser, world.project, empty, suite, (line) => lines.push(line));
  const said = lines.filter((line) => line.trim() !== "" && !NOISE.test(line));
  const end = said.slice(-40).join("\n");
  console.log(end);
  assert.equal(exit, 0, `the suite failed:\n${end}`);
});
