// A client written from docs/protocol.md alone, in another language and without any library: it runs one session to its end.
// node stranger.mjs SOCKET PROJECT_ROOT TREADLE_PROGRAM
import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const [, , socketPath, root, treadle] = process.argv;
const socket = connect(socketPath);
const waiting = new Map();
const notices = [];
let received = Buffer.alloc(0);
let lastId = 0;

socket.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (;;) {
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const start = end + 4;
    const length = Number(/content-length: *(\d+)/i.exec(received.subarray(0, end).toString())[1]);
    if (received.length < start + length) return;
    const message = JSON.parse(received.subarray(start, start + length).toString("utf8"));
    received = received.subarray(start + length);
    if (message.id === undefined) notices.push(message.method);
    else waiting.get(message.id)(message);
  }
});

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }), "utf8");
  socket.write(`Content-Length: ${body.length}\r\n\r\n`);
  socket.write(body);
}

async function call(method, params = {}) {
  const id = ++lastId;
  const answered = new Promise((resolve) => waiting.set(id, resolve));
  send({ id, method, params });
  const { result, error } = await answered;
  if (error) throw Object.assign(new Error(error.message), { code: error.data.code });
  return result;
}

function fingerprints(paths = []) {
  const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  return Object.fromEntries(paths.map((one) => [one, existsSync(path.join(root, one)) ? digest(path.join(root, one)) : null]));
}

function shell({ argv, env = {}, reports = [] }) {
  const folder = mkdtempSync(path.join(tmpdir(), "reports-"));
  const words = argv.map((word, index) => (index === 0 && word === "treadle" ? treadle : word.replace("{reports}", folder)));
  const begun = Date.now();
  const done = spawnSync(words[0], words.slice(1), { cwd: root, env: { ...process.env, ...env }, encoding: "utf8" });
  const found = reports.filter((name) => existsSync(path.join(folder, name)));
  const data = { reports: Object.fromEntries(found.map((name) => [name, readFileSync(path.join(folder, name), "utf8")])) };
  rmSync(folder, { recursive: true });
  const { status: code, stdout, stderr } = done;
  const ending = code === 0 ? { status: "ok" } : { status: "error", errorMessage: `The command ended with exit code ${code}.` };
  return { ...ending, code, stdout, stderr, durationMs: Date.now() - begun, data };
}

/** No agent at hand: this client writes the tests itself. */
async function agent(target) {
  const file = "tests/test_greeting.py";
  mkdirSync(path.join(root, "tests"), { recursive: true });
  writeFileSync(path.join(root, file), 'from greeting import greet\n\n\ndef test_greets():\n    assert greet() == "Hello"\n');
  const about = { interactionId: target.interactionId, metadata: { client: "stranger 1" } };
  const events = [["conversation_started", { conversation_id: randomUUID() }], ["file_created", { path: file }]];
  const now = Date.now();
  const stamped = events.map(([eventType, data], index) => {
    return { uid: randomUUID(), eventType, data, sentAt: new Date(now + index).toISOString(), ...about };
  });
  await call("session/handleEvents", { sessionId: target.sessionId, events: stamped });
  return { status: "ok", data: {} };
}

async function execute({ command, metadata }, target) {
  const result = { noop: () => ({ status: "ok", data: {} }), shell: () => shell(metadata), claude: () => agent(target) }[command];
  const made = await result();
  return { id: randomUUID(), ...made, data: { ...made.data, fingerprints: fingerprints(metadata.fingerprints) } };
}

async function run(sessionId) {
  for (;;) {
    const { interaction } = await call("session/nextCommand", { sessionId });
    const target = { sessionId, interactionId: interaction.id };
    const claimed = await call("interaction/claim", target);
    const beating = setInterval(() => call("interaction/heartbeat", target).catch(() => {}), 5000);
    const result = await execute(claimed.interaction.command, target);
    clearInterval(beating);
    const judged = (await call("session/handleResult", { ...target, result })).interaction;
    console.log(JSON.stringify({ step: judged.step, reported: result.status, status: judged.result.status }));
  }
}

const options = { protocolVersion: 1, clientId: randomUUID(), clientName: "stranger" };
await call("initialize", { processId: null, rootUri: null, capabilities: {}, initializationOptions: { treadle: options } });
send({ method: "initialized", params: {} });
await call("session/subscribe");
const seen = { root, facts: { test_tool: "pytest" } };
const { contentHash } = await call("project/open", seen);
const { project, components } = await call("project/open", { ...seen, trustedHash: contentHash });
const wanted = { type: "component_test", projectId: project.id, componentId: components[0].id, executionMode: "agentic" };
const { session } = await call("session/create", wanted);
const code = await run(session.id).catch((error) => error.code ?? Promise.reject(error));
const page = await call("session/getEvents", { sessionId: session.id, order: "id" });
const told = page.data.map((event) => event.eventType);
console.log(JSON.stringify({ ending: code, events: told, notices: [...new Set(notices)].sort() }));
await call("shutdown");
send({ method: "exit" });
socket.end();
