import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import type { EventDraft } from "../../src/forwarding/event_draft";
import { EventQueue } from "../../src/forwarding/event_queue";
import { uidOf } from "../../src/forwarding/uids";
import { until } from "../unit/fake_daemon";
import { type Client, RealDaemon } from "./real_daemon";

/** What a window has of it: a client that finds the daemon again, and a queue. */
class Window {
  readonly client: DaemonClient;
  readonly queue: EventQueue;
  readonly said: string[] = [];

  constructor(daemon: RealDaemon, clientId: string) {
    const identity = { clientId, clientName: "vscode", workspaceFolders: [] };
    this.client = new DaemonClient(async () => {
      const connection = await Connection.open(daemon.address, identity, null);
      return { connection, address: daemon.address, projects: [], projectProblem: null };
    });
    this.queue = new EventQueue({ daemon: this.client, client: "vscode 1", report: (sentence) => this.said.push(sentence) });
    this.client.start();
  }

  [Symbol.dispose](): void {
    this.queue.dispose();
    this.client.dispose();
  }
}

function changed(index: number): EventDraft {
  const path = `src/${index}.py`;
  return { uid: uidOf(index, path, String(index)), eventType: "file_modified", source: "watcher", data: { path }, interactionId: null };
}

async function recorded(client: Client, sessionId: number) {
  return (await client.ask("session/getEvents", { sessionId, limit: 1_000 })).data;
}

describe("forwarded events", () => {
  test("outlast a daemon that is killed and comes back, each once and in order", async () => {
    await using daemon = await new RealDaemon().start();
    using window = new Window(daemon, "window-1");
    await window.client.ready();
    const sessionId = await (await daemon.client()).newSession();
    for (let index = 0; index < 300; index += 1) {
      window.queue.add(sessionId, changed(index));
    }
    const sending = window.queue.flush();
    await daemon.end("SIGKILL");
    await sending;
    await until(() => window.client.state.kind !== "ready", "the daemon is missed");
    for (let index = 300; index < 600; index += 1) {
      window.queue.add(sessionId, changed(index));
    }
    assert.ok(window.queue.size >= 300);
    await daemon.start();
    window.client.start();
    await window.client.ready();
    await window.queue.flush();
    using reader = await daemon.client("reader");
    const events = await recorded(reader, sessionId);
    assert.deepEqual(events.map(({ data }) => data.path), Array.from({ length: 600 }, (_, index) => `src/${index}.py`));
    assert.deepEqual(events[0]?.metadata, { client: "vscode 1" });
    assert.deepEqual([events[1]?.source, window.said], ["watcher", []]);
    const times = events.map(({ sentAt }) => sentAt);
    assert.deepEqual(times, [...new Set(times)].toSorted());
  });

  test("of two windows that see the same are stored once", async () => {
    await using daemon = await new RealDaemon().start();
    using one = new Window(daemon, "window-1");
    using other = new Window(daemon, "window-2");
    await Promise.all([one.client.ready(), other.client.ready()]);
    using reader = await daemon.client("reader");
    const sessionId = await reader.newSession();
    for (const { queue } of [one, other]) {
      [1, 2, 3].forEach((index) => queue.add(sessionId, changed(index)));
    }
    await Promise.all([one.queue.flush(), other.queue.flush()]);
    assert.deepEqual((await recorded(reader, sessionId)).map(({ data }) => data.path), ["src/1.py", "src/2.py", "src/3.py"]);
  });

  test("of a session that is deleted meanwhile are forgotten; the others are not", async () => {
    await using daemon = await new RealDaemon().start();
    using window = new Window(daemon, "window-1");
    await window.client.ready();
    using reader = await daemon.client("reader");
    const [deleted, kept] = [await reader.newSession(), await reader.newSession()];
    await reader.ask("session/delete", { sessionId: deleted });
    window.queue.add(deleted, changed(1));
    window.queue.add(kept, changed(2));
    window.queue.add(deleted, changed(3));
    await window.queue.flush();
    assert.deepEqual((await recorded(reader, kept)).map(({ data }) => data.path), ["src/2.py"]);
    assert.deepEqual([window.queue.size, window.said], [0, []]);
  });

  test("lose their secrets on the way into the record", async () => {
    await using daemon = await new RealDaemon().start();
    using window = new Window(daemon, "window-1");
    await window.client.ready();
    using reader = await daemon.client("reader");
    const sessionId = await reader.newSession();
    const data = { command: `git push https://me:${"s3cr3t-".repeat(4)}@example.com/x`, terminal: "bash", execution_id: "e", working_directory: "." };
    window.queue.add(sessionId, { uid: "u", eventType: "command_started", source: "terminal", data, interactionId: null });
    await window.queue.flush();
    const [event] = await recorded(reader, sessionId);
    assert.doesNotMatch(JSON.stringify(event?.data), /s3cr3t/);
    assert.match(JSON.stringify(event?.data), /redacted/);
  });
});
