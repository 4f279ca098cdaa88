import type { Daemon } from "../daemon/client";
import type { JsonValue } from "../protocol";
import { isJsonObject, type JsonObject } from "./json";

/** What was too large for a result or an event, and is kept beside it. */
interface Output {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

/** What an editor can well show. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A text of which a result, or an event, holds only a part. */
export interface WholeText {
  /** Where the part stands, such as `stdout` or `content.0.text`. */
  readonly place: string;
  /** Null: it is nowhere. */
  readonly part: string | null;
  readonly text: string;
}

/** One for each output that can be read; `report` is told why one cannot. `holder`: has the parts. */
export async function wholeTexts(daemon: Daemon, sessionId: number, outputs: JsonValue | undefined, holder: JsonObject, report: (error: unknown) => void): Promise<WholeText[]> {
  const texts: WholeText[] = [];
  for (const [place, output] of outputsOf(outputs)) {
    try {
      texts.push({ place, part: partAt(holder, place), text: await read(daemon, sessionId, output) });
    } catch (error) {
      report(error);
    }
  }
  return texts;
}

/** Not those that were lost: of them there is no more than the part. */
function outputsOf(outputs: JsonValue | undefined): [string, Output][] {
  return Object.entries(isJsonObject(outputs) ? outputs : {}).flatMap(([place, output]): [string, Output][] => {
    const { id, size } = isJsonObject(output) ? output : {};
    return typeof id === "string" && typeof size === "number" ? [[place, { id, size }]] : [];
  });
}

function partAt(holder: JsonObject, place: string): string | null {
  const found = place.split(".").reduce<JsonValue | undefined>((value, key) => (Array.isArray(value) ? value[Number(key)] : isJsonObject(value) ? value[key] : undefined), holder);
  return typeof found === "string" && found !== "" ? found : null;
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
