import net from "node:net";
import path from "node:path";
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { scratchFolder } from "./scratch";

type Handler = (params: never) => unknown;

/** A peer on a real socket that answers as it is told and remembers what it was asked. */
export class FakeDaemon {
  readonly asked: { method: string; params: unknown }[] = [];
  readonly handlers = new Map<string, Handler>([
    ["initialize", () => ({ capabilities: {} })],
    ["session/subscribe", () => ({ subscribed: true, lastEventId: 0, missed: [], reread: false })],
  ]);
  readonly address = path.join(scratchFolder(), "daemon.sock");
  private server: net.Server | null = null;
  private readonly peers = new Map<net.Socket, MessageConnection>();

  async start(): Promise<this> {
    const server = net.createServer((socket) => this.serve(socket));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.address, resolve));
    return this;
  }

  on(method: string, handler: Handler): this {
    this.handlers.set(method, handler);
    return this;
  }

  notify(method: string, params: object): void {
    for (const peer of this.peers.values()) {
      void peer.sendNotification(method, params);
    }
  }

  /** What kill -9 does to those who are connected. */
  drop(): void {
    for (const socket of this.peers.keys()) {
      socket.destroy();
    }
  }

  async stop(): Promise<void> {
    this.drop();
    const { server } = this;
    this.server = null;
    if (server !== null) {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  count(method: string): number {
    return this.asked.filter((one) => one.method === method).length;
  }

  private serve(socket: net.Socket): void {
    const peer = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    this.peers.set(socket, peer);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.peers.delete(socket);
      peer.dispose();
    });
    peer.onRequest((method, params) => this.answer(method, params));
    peer.onNotification((method, params) => void this.asked.push({ method, params }));
    peer.listen();
  }

  private answer(method: string, params: unknown): unknown {
    this.asked.push({ method, params });
    const handler = this.handlers.get(method);
    return handler === undefined
      ? new ResponseError(-32601, `There is no method ${method}.`, { code: "method_not_found", details: {} })
      : handler(params as never);
  }
}

export function refusal(code: string, message: string, details = {}): ResponseError<unknown> {
  return new ResponseError(-31000, message, { code, details });
}

/** An answer that a test gives when it likes. */
export class LaterAnswer {
  give: (answer: object) => void = () => undefined;
  readonly promise = new Promise<object>((resolve) => (this.give = resolve));
}

/** Resolves when the condition holds; looks again after each change, bounded. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error(`Did not happen within 20 s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
