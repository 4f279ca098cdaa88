import assert from "node:assert/strict";
import { test } from "vitest";
import type { InteractionView, SessionGetParams } from "../../../src/protocol";
import { StepBook } from "../../../src/sessions/step_book";
import { type StepNode, type StepsChange, stepStateOf } from "../../../src/sessions/step_list";
import { clientFor } from "../connected";
import { makeClaim, makeHead, makeInteraction, makeResult, MOMENT, NOW } from "../factories";
import { FakeDaemon, refusal, until } from "../fake_daemon";

function done(position: number): InteractionView {
  return makeInteraction({ id: `step-${position}`, position, completedAt: MOMENT, result: makeResult({ stdout: "much output" }) });
}

/** A session's steps, oldest first, in pages. */
function recording(daemon: FakeDaemon, steps: InteractionView[]): void {
  daemon.on("session/get", ({ cursor, limit = 200 }: SessionGetParams) => {
    const from = Number(cursor ?? 0);
    const to = from + limit;
    const nextCursor = to < steps.length ? String(to) : null;
    return { session: makeHead(), interactions: steps.slice(from, to), sources: [], nextCursor };
  });
}

function changed(daemon: FakeDaemon): void {
  daemon.notify("session/didUpdate", { sessionId: 1, status: "active", interactionCount: 1, eventCount: 0 });
}

const positions = (steps: readonly StepNode[]): number[] => steps.map(({ interaction }) => interaction.position);

test("nothing is read before somebody looks, then all of it once, without its output", async () => {
  await using daemon = await new FakeDaemon().start();
  recording(daemon, Array.from({ length: 1_000 }, (_, index) => done(index + 1)));
  using client = clientFor(daemon);
  const book = new StepBook(client);
  let notices = 0;
  client.notices.listen(() => (notices += 1));
  client.start();
  await client.ready();
  changed(daemon);
  await until(() => notices === 1, "the notice");
  assert.equal(daemon.count("session/get"), 0);
  const steps = await book.of(1);
  assert.deepEqual([steps.length, ...positions(steps).slice(0, 2)], [1_000, 1, 2]);
  assert.deepEqual(steps.filter(({ isLast }) => isLast), [steps.at(-1)]);
  assert.equal(steps[0]?.interaction.result?.stdout, null);
  const asked = daemon.count("session/get");
  assert.deepEqual(await book.of(1), steps);
  assert.equal(daemon.count("session/get"), asked);
  book.dispose();
});

test("a result is one row, a new step is another list; each reads the end only", async () => {
  await using daemon = await new FakeDaemon().start();
  const steps = [...Array.from({ length: 100 }, (_, index) => done(index + 1)), makeInteraction({ id: "step-101", position: 101 })];
  recording(daemon, steps);
  using client = clientFor(daemon);
  const book = new StepBook(client);
  const changes: StepsChange[] = [];
  book.changes.listen(({ change }) => void changes.push(change));
  client.start();
  await client.ready();
  const last = (await book.of(1)).at(-1);
  const asked = daemon.count("session/get");
  steps[100] = done(101);
  changed(daemon);
  await until(() => changes.length === 1, "the result");
  assert.deepEqual(changes[0], new Set([last]));
  assert.equal(last?.interaction.completedAt, MOMENT);
  assert.equal(daemon.count("session/get"), asked + 1);
  steps.push(done(102));
  changed(daemon);
  await until(() => changes.length === 2, "the new step");
  assert.equal(changes[1], "all");
  assert.equal(last.isLast, false);
  book.dispose();
});

test("who does not look any more is told when it looks again", async () => {
  await using daemon = await new FakeDaemon().start();
  const steps = [done(1)];
  recording(daemon, steps);
  using client = clientFor(daemon);
  const book = new StepBook(client);
  let changes = 0;
  book.changes.listen(() => (changes += 1));
  let notices = 0;
  client.notices.listen(() => (notices += 1));
  client.start();
  await client.ready();
  await book.of(1);
  const asked = daemon.count("session/get");
  book.close(1);
  steps.push(done(2));
  changed(daemon);
  await until(() => notices === 1, "the notice");
  assert.equal(daemon.count("session/get"), asked);
  book.open(1);
  await until(() => changes === 1, "told");
  assert.deepEqual(positions(await book.of(1)), [1, 2]);
  book.dispose();
});

test("a session that was deleted has no steps, and is no problem", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/get", () => refusal("session_not_found", "There is no session 1."));
  using client = clientFor(daemon);
  const book = new StepBook(client);
  let problems = 0;
  book.problems.listen(() => (problems += 1));
  client.start();
  await client.ready();
  assert.deepEqual(await book.of(1), []);
  assert.equal(problems, 0);
  book.dispose();
});

test("how a step stands", () => {
  const claim = makeClaim(10_000);
  const cases = {
    pending: makeInteraction(),
    running: makeInteraction({ claim }),
    interrupted: makeInteraction({ claim: makeClaim(-1) }),
    ok: done(1),
    error: { ...done(1), result: makeResult({ status: "error" }) },
    skipped: { ...done(1), result: makeResult({ status: "warning", data: { skipped: true } }) },
  };
  assert.deepEqual(Object.values(cases).map((step) => stepStateOf(step, NOW)), Object.keys(cases));
  assert.equal(stepStateOf(makeInteraction({ supersededAt: MOMENT }), NOW), "skipped");
});
