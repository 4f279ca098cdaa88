import assert from "node:assert/strict";
import { test } from "vitest";
import { stepOfInterest } from "../../../src/sessions/step_of_interest";
import { makeHead, makeInteraction, makeResult, MOMENT } from "../factories";

test("the step of interest is the pending one, the failed one, the last agent's, the last", () => {
  const command = { id: "c", module: "m", command: "claude", metadata: {}, timestamp: MOMENT };
  const agent = makeInteraction({ id: "agent", position: 1, completedAt: MOMENT, command });
  const bad = makeInteraction({ id: "bad", position: 2, completedAt: MOMENT, result: makeResult({ status: "error", errorMessage: "No." }) });
  const last = makeInteraction({ id: "last", position: 3, completedAt: MOMENT });
  const pending = makeInteraction({ id: "pending", position: 4 });
  const failed = makeHead({ status: "failed" });
  assert.equal(stepOfInterest([], null), null);
  assert.equal(stepOfInterest([last], makeHead())?.id, "last");
  assert.equal(stepOfInterest([agent, bad, last], makeHead())?.id, "agent");
  assert.equal(stepOfInterest([agent, bad, last], failed)?.id, "bad");
  assert.equal(stepOfInterest([agent, last], failed)?.id, "last");
  assert.equal(stepOfInterest([agent, bad, last, pending], makeHead())?.id, "pending");
});
