import assert from "node:assert/strict";
import { afterEach, test, vi } from "vitest";
import { DaemonClient, type Opened } from "../../../src/daemon/client";
import { Connection, connected, inTime } from "../../../src/daemon/connection";
import { DaemonUnavailableError } from "../../../src/daemon/errors";
import { FakeDaemon, LaterAnswer, refusal, until } from "../fake_daemon";

afterEach(() => void vi.useRealTimers());

const identity = { clientId: "window-1", clientName: "vscode", workspaceFolders: [] };

function clientOf(daemon: FakeDaemon): DaemonClient {
  return new DaemonClient(async (): Promise<Opened> => {
    const connection = await Connection.open(daemon.address, identity, 7);
    return { connection, address: daemon.address, projects: [], projectProblem: null };
  });
}

test("the handshake names the client and binds the project", async () => {
  await using daemon = await new FakeDaemon().start();
  using client = disposable(clientOf(daemon));
  client.start();
  await client.ready();
  const [initialize, initialized, subscribe] = daemon.asked;
  assert.deepEqual(initialize, {
    method: "initialize",
    params: {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [],
      initializationOptions: {
        treadle: { protocolVersion: 1, clientId: "window-1", clientName: "vscode", project: 7 },
      },
    },
  });
  assert.equal(initialized?.method, "initialized");
  assert.equal(subscribe?.method, "session/subscribe");
});

test("a daemon that takes the connection and says nothing is given up, whoever shakes hands with it", async () => {
  await using daemon = await new FakeDaemon().start();
  const asked = new LaterAnswer();
  daemon.on("initialize", () => {
    asked.give({});
    return new LaterAnswer().promise;
  });
  const socket = await connected(daemon.address);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const failures = [Connection.open(daemon.address, identity, null), inTime(socket, new LaterAnswer().promise)].map((each) =>
    assert.rejects(each, DaemonUnavailableError),
  );
  await asked.promise;
  vi.advanceTimersByTime(10_000);
  await Promise.all(failures);
  assert.ok(socket.destroyed);
});

test("a refusal keeps its sentence, its stable code and its details", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/get", () => refusal("session_not_found", "There is no session 9.", { sessionId: 9 }));
  using client = disposable(clientOf(daemon));
  client.start();
  await assert.rejects(client.call("session/get", { sessionId: 9 }), {
    message: "There is no session 9.",
    code: "session_not_found",
    details: { sessionId: 9 },
  });
});

test("notices reach the listeners", async () => {
  await using daemon = await new FakeDaemon().start();
  using client = disposable(clientOf(daemon));
  const heard: unknown[] = [];
  client.notices.listen((notice) => heard.push(notice));
  client.start();
  await client.ready();
  daemon.notify("session/didCreate", { sessionId: 4, projectId: null });
  await until(() => heard.length === 1, "a notice");
  assert.deepEqual(heard, [{ method: "session/didCreate", params: { sessionId: 4, projectId: null } }]);
});

test("what the daemon wants people to know is told", async () => {
  await using daemon = await new FakeDaemon().start();
  using client = disposable(clientOf(daemon));
  const told: unknown[] = [];
  client.logMessages.listen((message) => told.push(message));
  client.start();
  await client.ready();
  daemon.notify("window/logMessage", { type: 1, message: "The disk is full." });
  await until(() => told.length === 1, "a message");
  assert.deepEqual(told, [{ type: 1, message: "The disk is full." }]);
});

test("after a lost connection the same client comes back, subscribed, and hears again", async () => {
  await using daemon = await new FakeDaemon().start();
  using client = disposable(clientOf(daemon));
  const kinds: string[] = [];
  const heard: unknown[] = [];
  client.states.listen((state) => kinds.push(state.kind));
  client.notices.listen((notice) => heard.push(notice));
  client.start();
  await client.ready();
  for (let round = 2; round <= 3; round += 1) {
    daemon.drop();
    await until(() => kinds.filter((kind) => kind === "ready").length === round, "ready again");
  }
  assert.deepEqual(kinds, ["connecting", "ready", "connecting", "ready", "connecting", "ready"]);
  assert.equal(daemon.count("session/subscribe"), 3);
  const clients = daemon.asked.filter((one) => one.method === "initialize").map((one) => JSON.stringify(one.params));
  assert.equal(new Set(clients).size, 1);
  daemon.notify("session/didCreate", { sessionId: 4, projectId: null });
  await until(() => heard.length === 1, "one notice, once");
});

test("a request in flight ends with the connection", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/list", () => new Promise(() => undefined));
  using client = disposable(clientOf(daemon));
  client.start();
  const call = client.call("session/list", {});
  await until(() => daemon.count("session/list") === 1, "the request arrived");
  daemon.drop();
  await assert.rejects(call, { message: "The connection to the Treadle daemon was lost." });
});

test("a request during a short absence waits for the next connection", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/list", () => ({ data: [], nextCursor: null }));
  using client = disposable(clientOf(daemon));
  client.start();
  await client.ready();
  await daemon.stop();
  await until(() => client.state.kind === "connecting", "the loss was noticed");
  const call = client.call("session/list", {});
  await daemon.start();
  assert.deepEqual(await call, { data: [], nextCursor: null });
});

test("a daemon that stays away is a failure with a sentence, and is tried again", async () => {
  await using daemon = new FakeDaemon();
  using client = disposable(clientOf(daemon));
  client.start();
  await assert.rejects(client.call("session/list", {}), /The Treadle daemon does not answer/);
  await daemon.start();
  client.start();
  await client.ready().catch(() => undefined);
  await until(() => client.state.kind === "ready", "ready after the failure");
});

test("without an installed treadle nothing is tried until somebody asks", async () => {
  await using daemon = await new FakeDaemon().start();
  let tries = 0;
  using client = disposable(
    new DaemonClient(async () => {
      tries += 1;
      if (tries === 1) {
        throw new DaemonUnavailableError("Treadle was not found.", "notInstalled");
      }
      const connection = await Connection.open(daemon.address, identity, null);
      return { connection, address: daemon.address, projects: [], projectProblem: null };
    }),
  );
  client.start();
  await until(() => client.state.kind === "failed", "failed");
  await assert.rejects(client.ready(), { message: "Treadle was not found." });
  assert.equal(tries, 1);
  client.start();
  await until(() => client.state.kind === "ready", "ready");
  assert.equal(tries, 2);
});

test("a window that only looks on starts no daemon; who needs one does", async () => {
  await using daemon = await new FakeDaemon().start();
  const starts: boolean[] = [];
  using client = disposable(
    new DaemonClient(async (mayStart) => {
      starts.push(mayStart);
      if (mayStart) {
        await daemon.start();
      } else {
        throw new DaemonUnavailableError("The daemon does not run.", "stopped");
      }
      const connection = await Connection.open(daemon.address, identity, null);
      return { connection, address: daemon.address, projects: [], projectProblem: null };
    }),
  );
  await daemon.stop();
  client.start();
  await client.ready();
  await daemon.stop();
  await until(() => client.state.kind === "failed" && starts.length > 2, "looked for it in vain");
  assert.deepEqual(new Set(starts.slice(1)), new Set([false]));
  client.start();
  await client.ready();
  assert.equal(starts.at(-1), true);
});

test("a daemon that dies as soon as it is reached is not reached for again and again", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/subscribe", () => {
    setImmediate(() => daemon.drop());
    return { subscribed: true, lastEventId: 0, missed: [], reread: false };
  });
  using client = disposable(clientOf(daemon));
  const since = performance.now();
  client.start();
  await until(() => daemon.count("initialize") === 4, "it was tried four times");
  // The shortest pauses are 125, 250 and 500 ms.
  assert.ok(performance.now() - since > 850);
});

test("storms of wishes for another connection open one", async () => {
  await using daemon = await new FakeDaemon().start();
  using client = disposable(clientOf(daemon));
  client.start();
  await client.ready();
  for (let wish = 0; wish < 50; wish += 1) {
    client.restart();
    client.start();
  }
  await client.ready();
  assert.ok(daemon.count("initialize") <= 3, String(daemon.count("initialize")));
});

test("while the program is set up a request waits, however long that takes", async () => {
  await using daemon = await new FakeDaemon().start();
  const setUp = new LaterAnswer();
  using client = disposable(
    new DaemonClient(async () => {
      await setUp.promise;
      client.installing(false);
      const connection = await Connection.open(daemon.address, identity, null);
      return { connection, address: daemon.address, projects: [], projectProblem: null };
    }),
  );
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  client.start();
  client.installing(true);
  const waiting = client.ready();
  vi.advanceTimersByTime(600_000);
  assert.equal(client.state.kind, "installing");
  vi.useRealTimers();
  setUp.give({});
  assert.equal((await waiting).address, daemon.address);
});

test("a program that cannot be set up waits for a person", async () => {
  let tries = 0;
  using client = disposable(
    new DaemonClient(() => {
      tries += 1;
      return Promise.reject(new DaemonUnavailableError("There is no Python.", "cannotInstall"));
    }),
  );
  client.start();
  await assert.rejects(client.ready(), { message: "There is no Python." });
  client.start();
  await until(() => tries === 2 && client.state.kind === "failed", "tried once more");
});

test("a client that was stopped does not come back", async () => {
  await using daemon = await new FakeDaemon().start();
  const client = clientOf(daemon);
  client.start();
  await client.ready();
  client.dispose();
  await assert.rejects(client.call("session/list", {}), { message: "Treadle is not connected." });
  assert.equal(daemon.count("initialize"), 1);
});

function disposable(client: DaemonClient): DaemonClient & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.dispose() });
}
