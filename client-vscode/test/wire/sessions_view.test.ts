import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import { FilteredSessions } from "../../src/sessions/filtered_sessions";
import { NameBook } from "../../src/sessions/names";
import { NO_FILTER } from "../../src/sessions/session_filter";
import { SessionList } from "../../src/sessions/session_list";
import { StepBook } from "../../src/sessions/step_book";
import type { Repaint } from "../../src/sessions/tree";
import { until } from "../unit/fake_daemon";
import { type Client, RealDaemon } from "./real_daemon";

const STEPS = "name: nothing\nsteps:\n  say: {run: [echo, hello]}\n";

const daemon = new RealDaemon();
beforeAll(() => daemon.start());
afterAll(() => daemon.end());

async function windowOf(...projects: readonly { id: number; name: string; root: string }[]) {
  const identity = { clientId: randomUUID(), clientName: "vscode", workspaceFolders: [] };
  const [only, ...others] = projects;
  const opened = projects.map((project) => ({ ...project, components: [] }));
  const client = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, others.length > 0 ? null : (only?.id ?? null));
    return { connection, address: daemon.address, projects: opened, projectProblem: null };
  });
  const sessions = new SessionList(client);
  const names = new NameBook(client);
  const filtered = new FilteredSessions(sessions, names, { get: () => undefined, update: () => Promise.resolve() });
  const steps = new StepBook(client);
  const repaints: Repaint[] = [];
  filtered.repaints.listen((repaint) => void repaints.push(repaint));
  client.start();
  await client.ready();
  await sessions.reload();
  const dispose = (): void => [steps, filtered, names, sessions, client].forEach((each) => each.dispose());
  return { client, sessions, filtered, steps, repaints, [Symbol.dispose]: dispose };
}

async function newSessions(client: Client, projectId: number, count: number): Promise<number[]> {
  const wishes = Array.from({ length: count }, (_, index) => ({ type: "nothing", projectId, title: `Part ${index}` }));
  const made = await Promise.all(wishes.map((wish) => client.ask("session/create", wish)));
  return made.map(({ session }) => session.id);
}

/** One more step, done by hand. */
async function doStep(client: Client, sessionId: number, again: string | null): Promise<string> {
  const { interaction } =
    again === null
      ? await client.ask("session/nextCommand", { sessionId })
      : await client.ask("interaction/rerun", { sessionId, interactionId: again });
  await client.ask("interaction/markDone", { sessionId, interactionId: interaction.id, note: "Done." });
  return interaction.id;
}

test("what another client does to a session is its row; what it takes away goes", async () => {
  using other = await daemon.client("other");
  const { project } = await other.newProject({ nothing: STEPS });
  const ids = await newSessions(other, project.id, 30);
  using window = await windowOf(project);
  const [first = 0, second = 0] = ids;
  assert.equal(window.filtered.tree.groups[0]?.sessions.length, 30);
  window.repaints.length = 0;
  await other.ask("session/update", { sessionId: first, title: "Another title" });
  await until(() => window.repaints.length > 0, "painted");
  assert.deepEqual(window.repaints, [new Set([window.filtered.tree.get(first)])]);
  await other.ask("session/delete", { sessionId: second });
  await until(() => window.filtered.tree.get(second) === undefined, "gone");
  await other.ask("session/cancel", { sessionId: first, reason: "Not needed." });
  await until(() => window.filtered.tree.finished.sessions.length === 1, "cancelled");
  await other.ask("session/reopen", { sessionId: first, reason: "After all." });
  await until(() => window.filtered.tree.finished.sessions.length === 0, "reopened");
});

test("steps over several pages, and those that come while one looks", async () => {
  using other = await daemon.client("other");
  const { project } = await other.newProject({ nothing: STEPS });
  const [sessionId = 0] = await newSessions(other, project.id, 1);
  let last: string | null = null;
  for (let count = 0; count < 60; count += 1) {
    last = await doStep(other, sessionId, last);
  }
  using window = await windowOf(project);
  const steps = await window.steps.of(sessionId);
  assert.deepEqual(steps.map(({ interaction }) => interaction.position), Array.from({ length: steps.length }, (_, index) => index + 1));
  assert.ok(steps.length >= 60);
  let changes = 0;
  window.steps.changes.listen(() => (changes += 1));
  await doStep(other, sessionId, last);
  await until(() => changes > 0, "told");
  const now = await window.steps.of(sessionId);
  assert.ok(now.length > steps.length);
  assert.equal(now.filter(({ isLast }) => isLast).length, 1);
});

test("a window of two projects has the sessions of both and of no third, also those that come by page", async () => {
  using other = await daemon.client("other");
  const [one, two, three] = [await other.newProject({ nothing: STEPS }), await other.newProject({ nothing: STEPS }), await other.newProject({ nothing: STEPS })];
  const wanted = [...(await newSessions(other, one.project.id, 3)), ...(await newSessions(other, two.project.id, 3))];
  const foreign = await newSessions(other, three.project.id, 3);
  using window = await windowOf(one.project, two.project);
  assert.deepEqual(window.sessions.sessions.map(({ id }) => id), wanted.toReversed());
  await other.ask("session/update", { sessionId: foreign[0] ?? 0, title: "Not here" });
  await other.ask("session/update", { sessionId: wanted[0] ?? 0, title: "Here" });
  await until(() => window.sessions.get(wanted[0] ?? 0)?.title === "Here", "the notice");
  assert.equal(window.sessions.byId.size, 6);
  await window.filtered.setFilter({ ...NO_FILTER, text: "here" });
  assert.deepEqual(window.filtered.tree.groups.flatMap(({ sessions }) => sessions.map(({ head }) => head.id)), [wanted[0]]);
});
