import type { Daemon } from "../daemon/client";
import { isJsonObject, type JsonObject } from "./json";

/** What was too large for a result or an event, and is kept beside it. */
interface Output {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

/** What an editor can well show. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The texts that the data of a result, or of an event, hold only a part of; by the name of the part. */
export async function wholeTexts(daemon: Daemon, sessionId: number, data: JsonObject): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [name, output] of outputsOf(data)) {
    texts.set(name, await read(daemon, sessionId, output));
  }
  return texts;
}

/** Not those that were lost: of them there is no more than the part. */
function outputsOf({ outputs }: JsonObject): [string, Output][] {
  return Object.entries(isJsonObject(outputs) ? outputs : {}).flatMap(([name, output]): [string, Output][] => {
    const { id, size } = isJsonObject(output) ? output : {};
    return typeof id === "string" && typeof size === "number" ? [[name, { id, size }]] : [];
  });
}

async function read(daemon: Daemon, sessionId: number, { id: outputId, size }: Output): Promise<string> {
  const pieces: Buffer[] = [];
  let offset: number | null = 0;
  while (offset !== null && offset < MAX_BYTES) {
    const piece: { data: string; nextOffset: number | null } = await daemon.call("output/read", { sessionId, outputId, offset });
    pieces.push(Buffer.from(piece.data, "base64"));
    offset = piece.nextOffset;
  }
  const text = Buffer.concat(pieces).toString("utf8");
  return offset === null ? text : `${text}\n⋯ ${(size - offset).toLocaleString("en")} more bytes\n`;
}
