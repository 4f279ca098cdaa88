import assert from "node:assert/strict";
import path from "node:path";
import { test } from "vitest";
import { InstallationError, type InstallationProblem } from "../../../src/installation/errors";
import { findPython } from "../../../src/installation/python";
import { scratchFolder } from "../scratch";
import { script } from "../scripts";

/** A PATH with these Pythons only: what each prints. */
function pathWith(pythons: Record<string, string>): NodeJS.ProcessEnv {
  const folder = path.join(scratchFolder(), "bin ä");
  for (const [name, says] of Object.entries(pythons)) {
    script(path.join(folder, name), says);
  }
  return { PATH: folder };
}

async function refused(problem: InstallationProblem, words: RegExp, env: NodeJS.ProcessEnv, wanted = ""): Promise<void> {
  await assert.rejects(findPython({ wanted, env }), (error) => {
    assert.ok(error instanceof InstallationError);
    assert.equal(error.problem, problem);
    assert.match(error.message, words);
    return true;
  });
}

test("the newest of those with a name is taken, and one that does not work is passed over", async () => {
  const env = pathWith({ "python3.14": "exit 127", "python3.12": 'echo "3.12.4 venv"', "python3.11": 'echo "3.11.0 venv"', python3: 'echo "3.13.0 venv"' });
  assert.deepEqual(await findPython({ wanted: "", env }), { command: "python3.12", version: [3, 12, 4], hasVenv: true });
});

test("one that cannot make environments is passed over for one that can", async () => {
  const env = pathWith({ "python3.13": 'echo "3.13.1 none"', python: 'echo "3.11.7 venv"' });
  assert.equal((await findPython({ wanted: "", env })).command, "python");
});

test("the real Python says what it is", async () => {
  const { version, hasVenv } = await findPython({ wanted: "", env: process.env });
  assert.ok(version[0] === 3 && (version[1] ?? 0) >= 11 && hasVenv);
});

test("without any Python it is said what is needed", async () => {
  await refused("pythonMissing", /needs Python 3\.11 or newer, and found none\..*treadle\.python/, pathWith({}));
});

test("of Pythons that are too old it is said which were found", async () => {
  const env = pathWith({ python3: 'echo "3.9.18 venv"', python: 'echo "2.7.18 none"' });
  await refused("pythonTooOld", /found only python3 \(3\.9\.18\), python \(2\.7\.18\)\./, env);
});

test("on Debian the missing package is named", async () => {
  await refused("venvMissing", /python3 \(3\.11\.2\) cannot make environments\..*package python3\.11-venv/, pathWith({ python3: 'echo "3.11.2 none"' }));
});

test("the setting is taken as it is, and named when it is no Python", async () => {
  const env = pathWith({ "python3.12": 'echo "3.12.4 venv"' });
  const wanted = script(path.join(scratchFolder(), "my python"), 'echo "noise"; echo "3.11.9 venv"');
  assert.equal((await findPython({ wanted, env })).command, wanted);
  await refused("pythonMissing", /"\/nowhere\/python", which the setting treadle\.python names, is none/, env, "/nowhere/python");
});

test("who cancels waits for no answer", async () => {
  const env = { PATH: `${pathWith({ "python3.14": "exec sleep 60" }).PATH ?? ""}:/bin:/usr/bin` };
  const cancelling = new AbortController();
  const found = findPython({ wanted: "", env, signal: cancelling.signal });
  cancelling.abort();
  await assert.rejects(found, { name: "AbortError" });
});
