import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import type { Readable } from "node:stream";
import { afterAll } from "vitest";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import type { JsonValue, Methods } from "../../src/protocol";
import { scratchFolder } from "../unit/scratch";

export const PROGRAM = process.env.TREADLE_PROGRAM ?? path.resolve("..", ".venv", "bin", "treadle");
const SETTINGS = `\
components:
  - name: Calculator
    kind: module
    paths: {code: calculator.py, tests: tests/test_calculator.py}
`;

const running = new Set<ChildProcess>();
afterAll(() => running.forEach((child) => child.kill("SIGKILL")));

export type Data = Record<string, JsonValue>;

/** The daemon itself, with a data folder of its own; it ends with the test file at the latest. */
export class RealDaemon {
  readonly dataDir = scratchFolder();
  readonly address = path.join(this.dataDir, "daemon.sock");
  private child: ChildProcess | null = null;

  async start(): Promise<this> {
    const log = openSync(path.join(this.dataDir, "daemon.log"), "a");
    const words = ["serve", "--data-dir", this.dataDir, "--ready-fd", "3"];
    const child = spawn(PROGRAM, words, { stdio: ["ignore", log, log, "pipe"] });
    closeSync(log);
    this.child = child;
    running.add(child);
    const ready = child.stdio[3] as Readable;
    const [line] = (await once(ready, "data")) as [Buffer];
    const said = JSON.parse(line.toString()) as { error?: string };
    if (said.error !== undefined) {
      throw new Error(said.error);
    }
    return this;
  }

  /** As `kill -9` does, or as it stops by itself. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child !== null) {
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
      running.delete(child);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async client(clientId = "node"): Promise<Client> {
    const socket = net.connect(this.address);
    await once(socket, "connect");
    const client = new Client(socket, this.dataDir);
    await client.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: { treadle: { protocolVersion: 1, clientId } },
    });
    await client.connection.sendNotification("initialized", {});
    return client;
  }
}

/** A connection of vscode-jsonrpc as it is, without the extension's own layers. */
export class Client {
  readonly connection: MessageConnection;
  readonly closed: Promise<void>;

  constructor(
    readonly socket: net.Socket,
    private readonly dataDir: string,
  ) {
    this.connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    this.connection.onError(() => socket.destroy());
    socket.on("error", () => undefined);
    this.closed = new Promise<void>((resolve) => void socket.once("close", () => resolve())).then(() => this.connection.dispose());
    this.connection.listen();
  }

  ask<M extends keyof Methods>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["response"]> {
    return this.connection.sendRequest(method, params);
  }

  async append(sessionId: number, ...data: Data[]): Promise<number | null> {
    const events = data.map((each) => ({
      uid: randomUUID(),
      eventType: "tool_called" as const,
      sentAt: "2026-01-02T03:04:05Z",
      data: each,
    }));
    return (await this.ask("session/handleEvents", { sessionId, events })).lastId;
  }

  /** A trusted one with a component, and with the workflows that are given by name. */
  async newProject(workflows: Record<string, string> = {}): Promise<Methods["project/open"]["response"]> {
    const root = path.join(this.dataDir, "projects", randomUUID());
    mkdirSync(path.join(root, ".treadle", "workflows"), { recursive: true });
    writeFileSync(path.join(root, ".treadle", "project.yaml"), SETTINGS);
    for (const [name, text] of Object.entries(workflows)) {
      writeFileSync(path.join(root, ".treadle", "workflows", `${name}.yaml`), text);
    }
    const facts = { root, facts: { test_command: ["pytest"] } };
    const shown = await this.ask("project/open", facts);
    return this.ask("project/open", { ...facts, trustedHash: shown.contentHash });
  }

  /** A session of a component's tests, in a trusted project. */
  async newSession(): Promise<number> {
    const [component] = (await this.newProject()).components;
    assert.ok(component);
    const { id: componentId, projectId } = component;
    return (await this.ask("session/create", { type: "component_test", componentId, projectId })).session.id;
  }

  [Symbol.dispose](): void {
    this.connection.dispose();
    this.socket.destroy();
  }
}
