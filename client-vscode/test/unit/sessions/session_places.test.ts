import assert from "node:assert/strict";
import { test } from "vitest";
import { addressOfSession, sessionAt } from "../../../src/sessions/session_places";

const HEAD = { id: 12, uid: "5f0c" };

test("an address names the session for a person and for the extension", () => {
  const address = addressOfSession(HEAD, "Write the notes");
  assert.deepEqual(address, { scheme: "treadle", path: "/session/12/Write the notes #12", query: "5f0c" });
  assert.deepEqual(sessionAt(address), { sessionId: 12, uid: "5f0c" });
});

test("what a title holds makes no other address of it", () => {
  const address = addressOfSession(HEAD, "../13/\u202ea\\b\n?c#d");
  assert.equal(address.path, "/session/12/..-13-a-b ?c#d #12");
  assert.deepEqual(sessionAt(address), { sessionId: 12, uid: "5f0c" });
});

test("a long title is cut between characters, and none is called Session", () => {
  assert.equal(addressOfSession(HEAD, "🧵".repeat(300)).path, `/session/12/${"🧵".repeat(80)} #12`);
  assert.equal(addressOfSession(HEAD, " \u200f ").path, "/session/12/Session #12");
});

test("an address that names no session leads nowhere, and the uid may be left out", () => {
  for (const path of ["", "/session", "/session/", "/session/0/a", "/session/-1", "/session/1e3", "/session/12a/b", "/step/12", "/session/9999999999999999"]) {
    assert.equal(sessionAt({ scheme: "treadle", path, query: "" }), null, path);
  }
  assert.equal(sessionAt({ scheme: "file", path: "/session/12/a", query: "" }), null);
  assert.deepEqual(sessionAt({ scheme: "treadle", path: "/session/12", query: "" }), { sessionId: 12, uid: null });
});
