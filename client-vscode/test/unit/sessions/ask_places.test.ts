import assert from "node:assert/strict";
import { test } from "vitest";
import { ASK_SCHEME, askAt, pathOfAsk } from "../../../src/sessions/ask_places";
import { makeAsk } from "../factories";

test("a document knows which ask it shows", () => {
  const path = pathOfAsk(makeAsk(), "after/a.py");
  assert.equal(path, "/12/permission/after/a.py");
  assert.equal(askAt({ scheme: ASK_SCHEME, path }), 12);
});

test("another document shows none", () => {
  assert.equal(askAt({ scheme: "file", path: "/12/permission/a" }), null);
  assert.equal(askAt({ scheme: ASK_SCHEME, path: "/twelve/a" }), null);
});
