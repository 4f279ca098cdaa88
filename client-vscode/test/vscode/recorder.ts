import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { EventType, InteractionView, JsonValue, Methods, ResultStatus } from "../../src/protocol";
import type { World } from "./world";

type Data = Record<string, JsonValue>;
export type Told = readonly [type: EventType, data: Data];

const BATCH = 1_000;

/** A client of the daemon that records what it likes, as a runner does. */
export class Recorder {
  /** Executed by it now; they stay so by its heartbeat. */
  private readonly claimed = new Map<string, number>();
  private readonly beating: NodeJS.Timeout;
  private moment = Date.now() * 1_000 - 20 * 60_000_000;

  private constructor(
    private readonly connection: MessageConnection,
    private readonly socket: net.Socket,
    private readonly projectId: number,
  ) {
    this.beating = setInterval(() => this.claimed.forEach((sessionId, interactionId) => this.beat(sessionId, interactionId)), 5_000);
  }

  static async connect(world: World): Promise<Recorder> {
    // Whoever asks starts the daemon, and says what it finds in the folder.
    const { project } = world.ask("project", "--trust") as { project: { id: number } };
    const socket = net.connect(path.join(world.folder, "data", "daemon.sock"));
    await once(socket, "connect");
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    connection.listen();
    await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: { treadle: { protocolVersion: 1, clientId: randomUUID(), clientName: "another editor" } },
    });
    await connection.sendNotification("initialized", {});
    return new Recorder(connection, socket, project.id);
  }

  /** One may be under way when the connection is ended. */
  private beat(sessionId: number, interactionId: string): void {
    this.ask("interaction/heartbeat", { sessionId, interactionId }).catch(() => undefined);
  }

  ask<M extends keyof Methods>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["response"]> {
    return this.connection.sendRequest(method, params);
  }

  async newSession(type: string, title: string, options: Data = {}): Promise<number> {
    return (await this.ask("session/create", { type, title, projectId: this.projectId, executionMode: "agentic", options })).session.id;
  }

  /** Takes the next step, as a runner does. */
  async begin(sessionId: number): Promise<InteractionView> {
    const { interaction } = await this.ask("session/nextCommand", { sessionId });
    this.claimed.set(interaction.id, sessionId);
    return (await this.ask("interaction/claim", { sessionId, interactionId: interaction.id })).interaction;
  }

  async end(interaction: InteractionView, status: ResultStatus, more: Partial<Methods["session/handleResult"]["params"]["result"]> = {}): Promise<void> {
    const { sessionId, id: interactionId } = interaction;
    this.claimed.delete(interactionId);
    const result = { id: randomUUID(), status, durationMs: 1_000, ...(status === "error" ? { errorMessage: "It failed." } : {}), ...more };
    await this.ask("session/handleResult", { sessionId, interactionId, result });
  }

  /** Events, some moments apart from each other. */
  async tell(interaction: InteractionView, told: readonly Told[], stepMs = 700): Promise<void> {
    for (let from = 0; from < told.length; from += BATCH) {
      const events = told.slice(from, from + BATCH).map(([eventType, data]) => {
        this.moment += Math.round(stepMs * 1_000);
        return { uid: randomUUID(), eventType, sentAt: `${new Date(Math.floor(this.moment / 1_000)).toISOString().slice(0, 23)}${String(this.moment % 1_000).padStart(3, "0")}Z`, data, interactionId: interaction.id };
      });
      await this.ask("session/handleEvents", { sessionId: interaction.sessionId, events });
    }
  }

  /** An event that belongs to no step, now. */
  async tellBetween(sessionId: number, [eventType, data]: Told): Promise<void> {
    await this.ask("session/handleEvents", { sessionId, events: [{ uid: randomUUID(), eventType, sentAt: new Date().toISOString(), data, interactionId: null }] });
  }

  stop(): void {
    clearInterval(this.beating);
    this.connection.dispose();
    this.socket.destroy();
  }
}
