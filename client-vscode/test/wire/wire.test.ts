import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, test } from "vitest";
import { CancellationTokenSource, ProgressType, ResponseError } from "vscode-jsonrpc/node";
import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import { descriptionOption, inOrderOfEase } from "../../src/sessions/description_option";
import { parametersOf, textOf, valueOf } from "../../src/sessions/parameters";
import { until } from "../unit/fake_daemon";
import { RealDaemon } from "./real_daemon";

const CANCELLED = -32800;
const MEBIBYTE = 1024 * 1024;
const NOTHING = `\
name: nothing
parameters:
  tries: {type: integer, default: null, minimum: 1, maximum: 9, description: How often.}
  share: {type: number, default: null, minimum: 0.5}
  level: {type: string, default: null, choices: [minor, major]}
  only: {type: string, default: null, choices: [this]}
  dry: {type: boolean, default: null}
  files: {type: list, default: null}
  note: {type: string, default: null}
steps:
  say: {run: [echo, "{{ parameters.note }}"]}
`;

/** One daemon for all tests but those that kill it. */
const shared = new RealDaemon();
beforeAll(() => shared.start());
afterAll(() => shared.end());

async function refusal(answer: Promise<unknown>): Promise<ResponseError<unknown>> {
  const error: unknown = await answer.then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ResponseError);
  return error as ResponseError<unknown>;
}

test("a request may have no params, and its answer is whole", async () => {
  using client = await shared.client();
  const status = await client.connection.sendRequest<{ dataDir: string }>("daemon/status");
  assert.equal(status.dataDir, shared.dataDir);
});

test("a refusal carries its code and its details", async () => {
  using client = await shared.client();
  const error = await refusal(client.ask("session/get", { sessionId: 999 }));
  assert.equal(error.code, -31001);
  assert.deepEqual(error.data, { code: "session_not_found", details: { sessionId: 999 } });
  assert.match(error.message, /\.$/);
});

test("what nobody knows is method not found, also with a dollar", async () => {
  using client = await shared.client();
  await client.connection.sendNotification("$/unheardOf", { a: 1 });
  await client.connection.sendNotification("unheard/of");
  for (const method of ["$/unheardOf", "unheard/of", "textDocument/formatting"]) {
    assert.equal((await refusal(client.connection.sendRequest(method, {}))).code, -32601, method);
  }
});

test("text of every kind goes there and back", async () => {
  using client = await shared.client();
  const sessionId = await client.newSession();
  const data = { "": "", __proto__x: "\u0000\u2028😀é\uffff", nested: { jsonrpc: "2.0", id: 1 }, "a\"b\\c": ["/", "\n"] };
  await client.append(sessionId, data);
  const { data: events } = await client.ask("session/getEvents", { sessionId, eventTypes: ["tool_called"] });
  assert.deepEqual(events.map((event) => event.data), [data]);
});

test("half of a surrogate pair, as JavaScript may cut a text, is refused by the event's index", async () => {
  using client = await shared.client();
  const sessionId = await client.newSession();
  const error = await refusal(client.append(sessionId, { text: "whole" }, { text: "😀".slice(0, 1) }));
  assert.deepEqual(error.data, { code: "event_invalid", details: { index: 1 } });
  assert.equal((await client.ask("session/get", { sessionId })).session.eventCount, 0);
});

test("frames of megabytes go there and back", async () => {
  using client = await shared.client();
  const sessionId = await client.newSession();
  const texts = ["a", "é", "😀"].map((each) => each.repeat((MEBIBYTE - 100) / Buffer.byteLength(each)));
  await client.append(sessionId, ...texts.map((text) => ({ text })));
  const { data } = await client.ask("session/getEvents", { sessionId });
  assert.deepEqual(data.map((event) => event.data.text), texts);
  const error = await refusal(client.append(sessionId, { text: "x".repeat(MEBIBYTE) }));
  assert.deepEqual((error.data as { code: string }).code, "too_large");
});

test("a question can be cancelled, a change cannot", async () => {
  using client = await shared.client();
  const sessionId = await client.newSession();
  await client.append(sessionId, ...Array.from({ length: 4 }, () => ({ text: "x".repeat(MEBIBYTE / 2) })));
  using cancelled = disposable(new CancellationTokenSource());
  const earlier = Array.from({ length: 20 }, () => client.ask("session/getEvents", { sessionId }));
  const question = client.connection.sendRequest("session/getEvents", { sessionId }, cancelled.token);
  const params = { sessionId, events: [{ uid: "u", eventType: "tool_called", sentAt: "2026-01-02T03:04:05Z", data: {} }] };
  const change = client.connection.sendRequest<{ count: number }>("session/handleEvents", params, cancelled.token);
  cancelled.cancel();
  assert.equal((await refusal(question)).code, CANCELLED);
  assert.equal((await change).count, 1);
  assert.equal((await Promise.all(earlier)).length, 20);
  assert.equal((await client.ask("session/get", { sessionId })).session.eventCount, 5);
});

test("who subscribes hears what others do, and reads what was appended", async () => {
  using working = await shared.client("working");
  using watching = await shared.client("watching");
  const heard: { sessionId: number; count: number; lastId: number }[] = [];
  watching.connection.onNotification("session/didAppendEvents", (notice) => void heard.push(notice as (typeof heard)[0]));
  await watching.ask("session/subscribe", {});
  const sessionId = await working.newSession();
  const lastId = await working.append(sessionId, { a: 1 }, { a: 2 });
  await until(() => heard.length === 1, "a notice");
  assert.deepEqual(heard, [{ sessionId, count: 2, lastId }]);
});

test("the type that a person can begin with is Task, by the schema of its options", async () => {
  using client = await shared.client();
  const { data } = await client.ask("sessionType/list", {});
  const [first] = inOrderOfEase(data);
  assert.ok(first);
  assert.equal(first.id, "task");
  const option = descriptionOption(first);
  assert.match(option?.about ?? "", /^What is to be done/);
  assert.ok((option?.maxLength ?? 0) > 1_000);
});

test("a parameter that has no value by its default is asked for as what it is, and may stay without", async () => {
  using client = await shared.client();
  const { project } = await client.newProject({ nothing: NOTHING });
  const { data } = await client.ask("sessionType/list", { projectId: project.id });
  const type = data.find(({ id }) => id === "nothing");
  assert.ok(type);
  const parameters = parametersOf(type);
  assert.deepEqual(
    parameters.map(({ name, kind, minimum, maximum, choices, about }) => [name, kind, minimum, maximum, choices, about]),
    [
      ["tries", "integer", 1, 9, [], "How often."],
      ["share", "number", 0.5, null, [], null],
      ["level", "choice", null, null, ["minor", "major"], null],
      ["only", "choice", null, null, ["this"], null],
      ["dry", "boolean", null, null, [], null],
      ["files", "list", null, null, [], null],
      ["note", "text", null, null, [], null],
    ],
  );
  const options = Object.fromEntries(parameters.map((each) => [each.name, valueOf(textOf(each.fallback), each)]));
  const { session } = await client.ask("session/create", { type: "nothing", projectId: project.id, options });
  assert.deepEqual(new Set(Object.values(session.options)), new Set([null]));
});

test("each snippet of a workflow is one that can be run, as it stands", async () => {
  using client = await shared.client();
  const snippets = JSON.parse(readFileSync("snippets/workflow.json", "utf8")) as Record<string, { body: string[]; isFileTemplate?: boolean }>;
  for (const [name, { body, isFileTemplate = false }] of Object.entries(snippets)) {
    const lines = body.map((line) => line.replaceAll(/\$\{\w+:([^}]*)\}/g, "$1"));
    const text = isFileTemplate ? lines.join("\n") : ["name: mine", "steps:", ...lines.map((line) => `  ${line}`)].join("\n");
    const checked = await client.ask("workflow/check", { path: ".treadle/workflows/mine.yaml", text });
    assert.deepEqual(checked.diagnostics, [], `${name}\n${text}`);
  }
});

test("progress comes under the client's own token, and ends before the answer", async () => {
  using client = await shared.client();
  const sessionId = await client.newSession();
  await client.append(sessionId, ...Array.from({ length: 500 }, (_, n) => ({ n })));
  const kinds: string[] = [];
  client.connection.onProgress(new ProgressType<{ kind: string }>(), "mine", ({ kind }) => void kinds.push(kind));
  const deleted = await client.ask("session/delete", { sessionId, workDoneToken: "mine" });
  assert.deepEqual(deleted, { deletedIds: [sessionId], purged: true });
  assert.equal(kinds[0], "begin");
  assert.equal(kinds.at(-1), "end");
});

test("shutdown and exit end their sender only", async () => {
  using leaving = await shared.client("leaving");
  using staying = await shared.client("staying");
  assert.equal(await leaving.connection.sendRequest("shutdown"), null);
  assert.equal((await refusal(leaving.connection.sendRequest("daemon/status"))).code, -32600);
  await leaving.connection.sendNotification("exit");
  await leaving.closed;
  assert.equal((await staying.ask("daemon/status", {})).dataDir, shared.dataDir);
});

test("what is no frame is answered, and the connection ends", async () => {
  using client = await shared.client();
  client.socket.write("Content-Length: minus five\r\n\r\n");
  await client.closed;
});

test("who comes back to a daemon that was killed asks for what it missed", async () => {
  await using daemon = await new RealDaemon().start();
  using before = await daemon.client("same");
  const sessionId = await before.newSession();
  const lastId = await before.append(sessionId, { n: 1 });
  await daemon.end("SIGKILL");
  await before.closed;
  await daemon.start();
  using other = await daemon.client("other");
  await other.append(sessionId, { n: 2 }, { n: 3 });
  using again = await daemon.client("same");
  const missed = await again.ask("session/subscribe", { afterEventId: lastId });
  assert.deepEqual(missed.missed.map((each) => each.sessionId), [sessionId]);
  const page = await again.ask("session/getEvents", { sessionId, order: "id", afterId: lastId });
  assert.deepEqual(page.data.map((event) => event.data.n), [2, 3]);
});

test("the extension's own client comes back to a daemon that was killed", async () => {
  await using daemon = await new RealDaemon().start();
  const identity = { clientId: "window", clientName: "vscode", workspaceFolders: [] };
  const opening = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, null);
    return { connection, address: daemon.address, projects: [], projectProblem: null };
  });
  using client = disposable(opening);
  client.start();
  await client.ready();
  await daemon.end("SIGKILL");
  await daemon.start();
  // A daemon that needs long to start has been given up for the moment.
  client.start();
  assert.deepEqual(await client.call("session/list", {}), { data: [], nextCursor: null });
});

function disposable<T extends { dispose: () => void }>(value: T): T & Disposable {
  return Object.assign(value, { [Symbol.dispose]: () => value.dispose() });
}
