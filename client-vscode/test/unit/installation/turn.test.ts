import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { test } from "vitest";
import { inTurn } from "../../../src/installation/turn";
import { LaterAnswer, until } from "../fake_daemon";
import { scratchFolder } from "../scratch";

const { signal } = new AbortController();

test("one waits for the other, and the file is gone at the end", async () => {
  const file = path.join(scratchFolder(), "made on the way", ".turn");
  const order: string[] = [];
  const first = new LaterAnswer();
  const one = inTurn(file, signal, async () => {
    await first.promise;
    order.push("one");
  });
  await until(() => existsSync(file), "the first has its turn");
  const other = inTurn(file, signal, () => Promise.resolve(order.push("other")));
  first.give({});
  await Promise.all([one, other]);
  assert.deepEqual(order, ["one", "other"]);
  assert.ok(!existsSync(file));
});

test("the turn of one that was killed is taken away", async () => {
  const file = path.join(scratchFolder(), ".turn");
  const { pid } = spawnSync("true");
  writeFileSync(file, JSON.stringify({ host: hostname(), pid }));
  assert.equal(await inTurn(file, signal, () => Promise.resolve(7)), 7);
});

test("of another machine only silence tells that it is gone", async () => {
  const file = path.join(scratchFolder(), ".turn");
  writeFileSync(file, JSON.stringify({ host: "another", pid: 1 }));
  const cancelling = new AbortController();
  const waiting = inTurn(file, cancelling.signal, () => Promise.resolve());
  cancelling.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(file, longAgo, longAgo);
  assert.equal(await inTurn(file, signal, () => Promise.resolve(7)), 7);
});

test("work that fails gives its turn up", async () => {
  const file = path.join(scratchFolder(), ".turn");
  await assert.rejects(inTurn(file, signal, () => Promise.reject(new Error("no"))), { message: "no" });
  assert.ok(!existsSync(file));
});
