import assert from "node:assert/strict";
import { afterEach, test, vi } from "vitest";
import { Later } from "../../../src/daemon/later";
import { LaterAnswer, until } from "../fake_daemon";

const MS = 300;

afterEach(() => void vi.useRealTimers());

test("what is asked for often is done once, after the last time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const done = new LaterAnswer();
  let count = 0;
  const later = new Later(() => (done.give({}), Promise.resolve((count += 1))), console.error, MS);
  for (let n = 0; n < 5; n += 1) {
    later.ask();
    vi.advanceTimersByTime(MS - 1);
  }
  assert.equal(count, 0);
  vi.advanceTimersByTime(1);
  await done.promise;
  assert.equal(count, 1);
  later.ask();
  later.dispose();
  vi.advanceTimersByTime(MS);
  assert.equal(count, 1);
});

test("what is asked for while it is done is done again afterwards, also when it failed", async () => {
  const answers = [new LaterAnswer(), new LaterAnswer()];
  const problems: unknown[] = [];
  let begun = 0;
  const later = new Later(() => answers[begun++]?.promise ?? Promise.resolve(), (problem) => problems.push(problem), 0);
  later.ask();
  await until(() => begun === 1, "the first time");
  later.ask();
  answers[0]?.give(Promise.reject(new Error("It broke.")));
  await until(() => begun === 2, "the second time");
  answers[1]?.give({});
  assert.deepEqual(problems.map(String), ["Error: It broke."]);
});
