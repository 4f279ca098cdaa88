import assert from "node:assert/strict";
import { test } from "vitest";
import type { OutputReadParams } from "../../../src/protocol";
import { type WholeText, wholeTexts } from "../../../src/sessions/whole_outputs";
import { clientFor } from "../connected";
import { FakeDaemon, refusal } from "../fake_daemon";

const PIECE = 7;

type Outputs = Parameters<typeof wholeTexts>[2];
type Holder = Parameters<typeof wholeTexts>[3];

async function textsOf(stored: Buffer, outputs: Outputs, holder: Holder = {}, piece = PIECE): Promise<WholeText[]> {
  await using daemon = await new FakeDaemon().start();
  daemon.on("output/read", ({ outputId, offset = 0 }: OutputReadParams) => {
    if (outputId !== "sha") {
      throw refusal("output_not_found", "There is no such output.");
    }
    const end = offset + piece;
    return { data: stored.subarray(offset, end).toString("base64"), size: stored.length, nextOffset: end < stored.length ? end : null };
  });
  using client = clientFor(daemon);
  client.start();
  return await wholeTexts(client, 1, outputs, holder, () => (reported += 1));
}

let reported = 0;

test("a text that comes in pieces is whole again, also where a piece ends within a character", async () => {
  const text = "ä".repeat(30);
  const stored = Buffer.from(text);
  const texts = await textsOf(stored, { "content.1.text": { id: "sha", size: stored.length } }, { content: [{ text: "x" }, { text: "ää …" }] });
  assert.deepEqual(texts, [{ place: "content.1.text", part: "ää …", text }]);
  const nowhere = await textsOf(stored, { "a.b": { id: "sha", size: stored.length } }, { a: "b" });
  assert.deepEqual(nowhere, [{ place: "a.b", part: null, text }]);
});

test("of what was lost, or says nothing that is understood, there is no text", async () => {
  assert.deepEqual(await textsOf(Buffer.from("x"), { lost: { size: 9, lost: true }, number: 3, nothing: null }), []);
  assert.deepEqual(await textsOf(Buffer.from("x"), ["x"]), []);
  assert.deepEqual(await textsOf(Buffer.from("x"), undefined), []);
});

test("one that cannot be read is told, and keeps no other back", async () => {
  const texts = await textsOf(Buffer.from("x"), { stdout: { id: "gone", size: 1 }, stderr: { id: "sha", size: 1 } });
  assert.deepEqual([texts.map(({ place }) => place), reported], [["stderr"], 1]);
});

test("of what no editor could show it says how much more there is", async () => {
  const stored = Buffer.alloc(17 * 1024 * 1024, "a");
  const [whole] = await textsOf(stored, { stdout: { id: "sha", size: stored.length } }, {}, 4 * 1024 * 1024);
  assert.match(whole?.text.slice(-30) ?? "", /a\n⋯ 1,048,576 more bytes\n$/);
});
