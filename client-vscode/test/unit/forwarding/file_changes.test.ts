import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { type FileChange, FileChanges } from "../../../src/forwarding/file_changes";

const shown = (changes: readonly FileChange[]): unknown[] => changes.map(({ file, kind, isSaved }) => [file, kind, ...(isSaved ? ["saved"] : [])]);

describe("changes of files", () => {
  test("are told once the file has been left alone for a moment", () => {
    const changes = new FileChanges();
    changes.seen("/a", "modified", 0);
    changes.seen("/a", "modified", 600);
    assert.deepEqual(changes.due(1_000), []);
    assert.equal(changes.nextAt, 1_600);
    assert.deepEqual(shown(changes.due(1_600)), [["/a", "modified"]]);
    assert.equal(changes.nextAt, null);
  });

  test("are told while the file goes on changing, but seldom", () => {
    const changes = new FileChanges();
    const told: number[] = [];
    for (let now = 0; now < 40_000; now += 100) {
      changes.seen("/log", "modified", now);
      told.push(...changes.due(now).map(() => now));
    }
    assert.deepEqual(told, [5_000, 15_000, 25_000, 35_000]);
  });

  test("of one file become one", () => {
    const kinds = (...seen: ("created" | "modified" | "deleted")[]): unknown => {
      const changes = new FileChanges();
      seen.forEach((kind) => changes.seen("/a", kind, 0));
      return changes.due(0, { isOver: true }).map(({ kind }) => kind);
    };
    assert.deepEqual(kinds("created", "modified"), ["created"]);
    assert.deepEqual(kinds("modified", "modified"), ["modified"]);
    assert.deepEqual(kinds("deleted", "created"), ["modified"]);
    assert.deepEqual(kinds("modified", "deleted"), ["deleted"]);
    assert.deepEqual(kinds("created", "deleted"), ["created"]);
  });

  test("that a person saved are told sooner, whichever is heard of first", () => {
    for (const isFirst of [true, false]) {
      const changes = new FileChanges();
      const notes = [() => changes.saved("/a", 0), () => changes.seen("/a", "modified", 0)];
      (isFirst ? notes : notes.toReversed()).forEach((note) => note());
      assert.deepEqual(shown(changes.due(300)), [["/a", "modified", "saved"]]);
    }
  });

  test("of a file that was just told wait, but not that it is gone", () => {
    const changes = new FileChanges();
    changes.saved("/a", 0);
    assert.equal(changes.due(300).length, 1);
    changes.saved("/a", 1_000);
    assert.equal(changes.nextAt, 10_300);
    changes.seen("/a", "deleted", 2_000);
    assert.equal(changes.due(3_000).length, 1);
  });

  test("of a name have both names", () => {
    const changes = new FileChanges();
    changes.renamed("/old", "/new", 0);
    changes.seen("/old", "deleted", 10);
    changes.seen("/new", "created", 10);
    assert.deepEqual(
      changes.due(2_000).map(({ file, kind, renamedFrom, renamedTo }) => [file, kind, renamedFrom, renamedTo]),
      [["/old", "deleted", null, "/new"], ["/new", "created", "/old", null]],
    );
  });

  test("that are too many at once are counted only", () => {
    const changes = new FileChanges();
    for (let index = 0; index < 10_050; index += 1) {
      changes.seen(`/many/${index}`, "created", 0);
    }
    assert.equal(changes.takeLeftOut(), 50);
    assert.equal(changes.takeLeftOut(), 0);
    assert.equal(changes.due(10_000).length, 10_000);
  });
});
