import assert from "node:assert/strict";
import { test } from "vitest";
import type { OutputReadParams } from "../../../src/protocol";
import { wholeTexts } from "../../../src/sessions/whole_outputs";
import { clientFor } from "../connected";
import { FakeDaemon } from "../fake_daemon";

const PIECE = 7;

async function textsOf(stored: Buffer, data: Parameters<typeof wholeTexts>[2], piece = PIECE): Promise<ReadonlyMap<string, string>> {
  await using daemon = await new FakeDaemon().start();
  daemon.on("output/read", ({ offset = 0 }: OutputReadParams) => {
    const end = offset + piece;
    return { data: stored.subarray(offset, end).toString("base64"), size: stored.length, nextOffset: end < stored.length ? end : null };
  });
  using client = clientFor(daemon);
  client.start();
  return await wholeTexts(client, 1, data);
}

test("a text that comes in pieces is whole again, also where a piece ends within a character", async () => {
  const text = "ä".repeat(30);
  const stored = Buffer.from(text);
  const texts = await textsOf(stored, { outputs: { stdout: { id: "sha", size: stored.length } } });
  assert.deepEqual([...texts], [["stdout", text]]);
});

test("of what was lost, or says nothing that is understood, there is no text", async () => {
  const odd = { outputs: { lost: { size: 9, lost: true }, number: 3, nothing: null } };
  assert.equal((await textsOf(Buffer.from("x"), odd)).size, 0);
  assert.equal((await textsOf(Buffer.from("x"), { outputs: ["x"] })).size, 0);
  assert.equal((await textsOf(Buffer.from("x"), {})).size, 0);
});

test("of what no editor could show it says how much more there is", async () => {
  const stored = Buffer.alloc(17 * 1024 * 1024, "a");
  const texts = await textsOf(stored, { outputs: { stdout: { id: "sha", size: stored.length } } }, 4 * 1024 * 1024);
  assert.match(texts.get("stdout")?.slice(-30) ?? "", /a\n⋯ 1,048,576 more bytes\n$/);
});
