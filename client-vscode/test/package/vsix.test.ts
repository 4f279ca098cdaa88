import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { beforeAll, test } from "vitest";
import { type Bundle, bundleIn } from "../../src/installation/bundle";
import { makeEnvironment, type Making, programIn } from "../../src/installation/environment";
import { InstallationError } from "../../src/installation/errors";
import { removeOldEnvironments } from "../../src/installation/old_environments";
import { until } from "../unit/fake_daemon";
import { scratchFolder } from "../unit/scratch";
import { script } from "../unit/scripts";

const PYTHON = path.resolve("..", ".venv", "bin", "python");
const VERSION = (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
const WHEEL = `dist/python/treadle-${VERSION}-py3-none-any.whl`;
const MAX_BUNDLE = 1024 * 1024;

const folder = scratchFolder();
const content = path.join(folder, "content", "extension");
let bundle: Bundle;

beforeAll(async () => {
  const vsix = path.join(folder, "treadle.vsix");
  execFileSync("./package.sh", [vsix], { stdio: "pipe" });
  execFileSync(PYTHON, ["-m", "zipfile", "-e", vsix, path.dirname(content)]);
  const found = await bundleIn(path.join(content, "dist", "python"));
  assert.ok(found !== null);
  bundle = found;
});

function files(): string[] {
  const names = readdirSync(content, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(path.join(content, name)).isFile()).sort();
}

function making(place: string, changes: Partial<Making> = {}): Making & { steps: string[] } {
  const steps: string[] = [];
  return {
    ...{ folder: place, bundle, wanted: PYTHON, env: process.env, signal: new AbortController().signal, steps },
    onStep: (sentence) => steps.push(sentence),
    onLine: () => undefined,
    ...changes,
  };
}

async function refusal(making: Making): Promise<InstallationError> {
  const error: unknown = await makeEnvironment(making).then(() => null, (reason: unknown) => reason);
  assert.ok(error instanceof InstallationError, String(error));
  return error;
}

/** A Python whose `-m venv` ends at once with what is said, or hangs. */
function pythonWhoseVenv(text: string): string {
  return script(path.join(scratchFolder(), "python"), `case "$1" in -c) echo "3.11.7 venv" ;; *) ${text} ;; esac`);
}

test("the package has what it needs, and no source, test or module of another", () => {
  const names = files();
  for (const needed of ["package.json", "readme.md", "changelog.md", "LICENSE.txt", "dist/extension.js", "dist/webview/timeline.js", "dist/python/requirements.lock", WHEEL]) {
    assert.ok(names.includes(needed), needed);
  }
  const strays = names.filter((name) => !/^(dist|media|schemas|snippets)\/|^(package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/.test(name));
  assert.deepEqual(strays, []);
  assert.deepEqual(names.filter((name) => /node_modules|\.(ts|map|py|pyc)$/.test(name)), []);
  assert.ok(statSync(path.join(content, "dist", "extension.js")).size <= MAX_BUNDLE);
});

test("the same sources make the same package again, but for the time", () => {
  const before = new Map(files().map((name) => [name, readFileSync(path.join(content, name))]));
  const again = path.join(folder, "again");
  const vsix = path.join(folder, "again.vsix");
  execFileSync("./package.sh", [vsix], { stdio: "pipe" });
  execFileSync(PYTHON, ["-m", "zipfile", "-e", vsix, again]);
  for (const [name, bytes] of before) {
    assert.ok(bytes.equals(readFileSync(path.join(again, "extension", name))), name);
  }
});

test("the environment is made once by two windows, runs from any folder, and does it again for nobody", async () => {
  const place = path.join(scratchFolder(), "global storage ä", "environments");
  const [one, other] = [making(place), making(place)];
  const [program, same] = await Promise.all([makeEnvironment(one), makeEnvironment(other)]);
  assert.equal(program, same);
  assert.deepEqual([one, other].map(({ steps }) => steps.length).sort(), [0, 4]);
  assert.deepEqual(readdirSync(place), [bundle.key]);
  const { stdout } = await promisify(execFile)(program, ["status", "--json"], {
    cwd: scratchFolder(),
    env: { PATH: "/usr/bin:/bin", TREADLE_DATA_DIR: scratchFolder() },
  });
  assert.equal((JSON.parse(stdout) as { clientVersion: string }).clientVersion, VERSION);
  mkdirSync(path.join(place, "0.0.1-0123456789ab"));
  await removeOldEnvironments(place, bundle);
  assert.deepEqual(readdirSync(place), [bundle.key]);
});

test("an installation that was killed leaves nothing that counts, and the next one clears it away", async () => {
  const place = scratchFolder();
  const [module, begun] = [path.join(scratchFolder(), "environment.cjs"), path.join(scratchFolder(), "begun")];
  buildSync({ entryPoints: ["src/installation/environment.ts"], bundle: true, platform: "node", outfile: module });
  const arrow = "() => undefined";
  const words = JSON.stringify({ folder: place, bundle, wanted: pythonWhoseVenv(`echo $$ > "${begun}"; exec sleep 600`), env: process.env });
  const text = `require(${JSON.stringify(module)}).makeEnvironment({ ...${words}, signal: new AbortController().signal, onStep: ${arrow}, onLine: ${arrow} })`;
  const window = spawn(process.execPath, ["-e", text], { stdio: "inherit" });
  await until(() => existsSync(begun) && readFileSync(begun, "utf8") !== "", "the installation runs");
  window.kill("SIGKILL");
  await once(window, "exit");
  process.kill(Number(readFileSync(begun, "utf8")), "SIGKILL");
  assert.deepEqual(readdirSync(place).map((name) => path.extname(name) || name).sort(), [".part", ".turn"]);
  const error = await refusal(making(place, { wanted: pythonWhoseVenv("exit 1") }));
  assert.equal(error.problem, "pipFailed");
  assert.equal(programIn(place, bundle), null);
  assert.deepEqual(readdirSync(place), []);
});

test("who cancels ends what runs, and nothing is left", async () => {
  const place = scratchFolder();
  const cancelling = new AbortController();
  const begun = path.join(scratchFolder(), "begun");
  const wanted = pythonWhoseVenv(`: > "${begun}"; sleep 600`);
  const refused = refusal(making(place, { wanted, signal: cancelling.signal }));
  await until(() => existsSync(begun), "the installation runs");
  cancelling.abort();
  assert.equal((await refused).problem, "cancelled");
  assert.deepEqual(readdirSync(place), []);
});

test("without a network it is said so, soon", async () => {
  const place = scratchFolder();
  const env = { ...process.env, PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_CONFIG_FILE: "/dev/null", PIP_EXTRA_INDEX_URL: "", PIP_FIND_LINKS: "", PIP_NO_CACHE_DIR: "1" };
  const error = await refusal(making(place, { env }));
  assert.equal(error.problem, "offline");
  assert.match(error.message, /could not be fetched\. Check the network/);
  assert.deepEqual(readdirSync(place), []);
});

test("without Python, or with one that is too old, nothing is begun", async () => {
  const place = scratchFolder();
  const bin = scratchFolder();
  const env = { PATH: bin };
  assert.equal((await refusal(making(place, { wanted: "", env }))).problem, "pythonMissing");
  script(path.join(bin, "python3"), 'echo "3.8.10 venv"');
  assert.equal((await refusal(making(place, { wanted: "", env }))).problem, "pythonTooOld");
  assert.deepEqual(readdirSync(place), []);
});

test("an environment whose Python is gone is none", () => {
  const place = scratchFolder();
  const bin = path.join(place, bundle.key, "bin");
  script(path.join(bin, "treadle"), "exit 0");
  symlinkSync("/nowhere/python3", path.join(bin, "python"));
  assert.equal(programIn(place, bundle), null);
});

test("an extension without a wheel has nothing to make", async () => {
  assert.equal(await bundleIn(scratchFolder()), null);
  assert.equal(await bundleIn("/nowhere"), null);
});
