import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import { RefusedError } from "../../src/daemon/errors";
import { readWholeRecord } from "../../src/sessions/whole_record";
import { RealDaemon } from "./real_daemon";

const COUNT = 2_500;

const daemon = new RealDaemon();
beforeAll(() => daemon.start());
afterAll(() => daemon.end());

async function window() {
  const identity = { clientId: randomUUID(), clientName: "vscode", workspaceFolders: [] };
  const client = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, null);
    return { connection, address: daemon.address, projects: [], projectProblem: null };
  });
  client.start();
  await client.ready();
  return Object.assign(client, { [Symbol.dispose]: () => client.dispose() });
}

test("the whole record of a session is read, or as much from its beginning as there is room for", async () => {
  using recorder = await daemon.client();
  using client = await window();
  const sessionId = await recorder.newSession();
  const { interaction } = await recorder.ask("session/nextCommand", { sessionId });
  const events = Array.from({ length: COUNT }, (_, index) => ({
    uid: randomUUID(),
    eventType: index % 500 === 0 ? ("file_modified" as const) : ("conversation_message_received" as const),
    sentAt: new Date(Date.UTC(2026, 0, 2) + index * 10).toISOString(),
    interactionId: interaction.id,
    data: index % 500 === 0 ? { path: `file ${index}`, lines_added: 2 } : { text: `message ${index}` },
  }));
  for (let start = 0; start < COUNT; start += 500) {
    await recorder.ask("session/handleEvents", { sessionId, events: events.slice(start, start + 500) });
  }
  const whole = await readWholeRecord(client, sessionId);
  const told = whole.events.get(interaction.id) ?? [];
  assert.deepEqual(told.map(({ uid }) => uid), events.map(({ uid }) => uid));
  assert.deepEqual([whole.leftOut, whole.files.paths.size, whole.files.added, whole.interactions.length], [0, 5, 10, 1]);
  const part = await readWholeRecord(client, sessionId, 1);
  const kept = (part.events.get(interaction.id) ?? []).length;
  assert.equal(kept, 1_000, "One page is read in any case.");
  assert.equal(part.leftOut, COUNT - kept);
});

test("a session that is not there is refused", async () => {
  using client = await window();
  await assert.rejects(readWholeRecord(client, 999), (error: unknown) => error instanceof RefusedError && error.code === "session_not_found");
});
