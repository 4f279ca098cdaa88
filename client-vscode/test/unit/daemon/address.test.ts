import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { daemonAddress } from "../../../src/daemon/address";
import type { Program } from "../../../src/daemon/program";
import { scratchFolder } from "../scratch";
import { script } from "../scripts";

const silent = (sentence: string): void => assert.fail(sentence);

/** A program of this version, whose daemon becomes of the same version after it was stopped. */
function programOf(version: string, daemon: string | null, { stop = "0" } = {}): { program: Program; calls: () => string[] } {
  const folder = scratchFolder();
  const [log, state] = [path.join(folder, "calls"), path.join(folder, "daemon")];
  writeFileSync(log, "");
  writeFileSync(state, daemon ?? "");
  const file = script(
    path.join(folder, "treadle"),
    `
echo "$@" >> "${log}"
if [ "$1" = stop ]; then [ ${stop} = 0 ] && : > "${state}"; [ ${stop} = 0 ] || echo "treadle: It works on something." >&2; exit ${stop}; fi
[ "$3" = --start ] && [ ! -s "${state}" ] && printf %s ${version} > "${state}"
[ -s "${state}" ] && running=true || running=false
echo "{\\"socket\\": \\"/s\\", \\"running\\": $running, \\"version\\": \\"$(cat "${state}")\\", \\"clientVersion\\": \\"${version}\\"}"`,
  );
  const program = { argv: [file] as [string], env: process.env };
  return { program, calls: () => readFileSync(log, "utf8").trim().split("\n") };
}

test("an older daemon makes room for the next one", async () => {
  const { program, calls } = programOf("0.2.0", "0.1.0");
  const told: string[] = [];
  assert.equal(await daemonAddress(program, true, (sentence) => told.push(sentence)), "/s");
  assert.deepEqual(calls(), ["status --json --start", "stop", "status --json --start"]);
  assert.deepEqual(told, ["The daemon is of version 0.1.0; it makes room for 0.2.0."]);
});

test("a newer daemon, or one of the same version, is used", async () => {
  for (const daemon of ["0.3.0", "0.2.0"]) {
    const { program, calls } = programOf("0.2.0", daemon);
    assert.equal(await daemonAddress(program, true, silent), "/s");
    assert.deepEqual(calls(), ["status --json --start"]);
  }
});

test("a window that only looks on replaces nothing", async () => {
  const { program, calls } = programOf("0.2.0", "0.1.0");
  assert.equal(await daemonAddress(program, false, silent), "/s");
  assert.deepEqual(calls(), ["status --json"]);
});

test("an older daemon that does not end serves on, and it is told why", async () => {
  const { program } = programOf("0.2.0", "0.1.0", { stop: "6" });
  const told: string[] = [];
  assert.equal(await daemonAddress(program, true, (sentence) => told.push(sentence)), "/s");
  assert.equal(told.at(-1), "It works on something.");
});

test("a daemon that does not run is no address", async () => {
  await assert.rejects(daemonAddress(programOf("0.2.0", null).program, false, silent), { reason: "stopped" });
});
