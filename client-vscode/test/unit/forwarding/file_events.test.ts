import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "vitest";
import { FileChanges } from "../../../src/forwarding/file_changes";
import { eventsOfFiles, type ProjectFiles, type SessionDraft } from "../../../src/forwarding/file_events";
import { IgnoredFiles } from "../../../src/forwarding/ignored_files";
import type { Place } from "../../../src/forwarding/worked_sessions";
import { scratchFolder } from "../scratch";

const WAITS: Place = { sessionId: 1, interactionId: null, isHeld: false };
const HELD: Place = { sessionId: 1, interactionId: "step-1", isHeld: true };

/** A real working copy. */
class Copy {
  readonly root = path.join(scratchFolder(), "mit Leerzeichen und ü");

  constructor(ignored: string) {
    mkdirSync(this.root);
    this.git("init", "--quiet");
    this.write(".gitignore", ignored);
  }

  git(...words: string[]): void {
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...words], { cwd: this.root, stdio: ["ignore", "ignore", "inherit"] });
  }

  file(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, text = "x"): string {
    mkdirSync(path.dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), text);
    return this.file(name);
  }

  /** A window that looks on. */
  window(...places: readonly Place[]): ProjectFiles {
    return { root: this.root, ignored: new IgnoredFiles(this.root, () => undefined), placesAt: () => places };
  }
}

function noted(note: (changes: FileChanges) => void) {
  const changes = new FileChanges();
  note(changes);
  return changes.due(Date.now(), { isOver: true });
}

function shown(drafts: readonly SessionDraft[]): unknown[] {
  return drafts.map(({ draft }) => [draft.eventType, draft.data.path]).sort();
}

describe("changes of files in the record", () => {
  test("leave out what git ignores, git's own files and folders", async () => {
    const copy = new Copy("*.log\nbuild/\n!kept.log\n");
    const names = ["a.py", "x.log", "kept.log", "build/deep/out.o", ".git/index.lock", "src/ü ö.py"];
    const files = names.map((name) => copy.write(name));
    const changes = noted((all) => [...files, copy.file("src"), copy.root].forEach((file) => all.seen(file, "created", 0)));
    assert.deepEqual(shown(await eventsOfFiles(copy.window(WAITS), changes)), [
      ["file_created", "a.py"],
      ["file_created", "kept.log"],
      ["file_created", "src/ü ö.py"],
    ]);
  });

  test("remember ignored folders, so that a flood in one costs no question", async () => {
    const copy = new Copy("node_modules/\n");
    const { ignored } = copy.window();
    copy.write("node_modules/one/index.js");
    assert.equal(ignored.isKnown("node_modules/two/index.js"), false);
    assert.deepEqual(await ignored.kept(["node_modules/one/index.js", "a.py"]), ["a.py"]);
    assert.equal(ignored.isKnown("node_modules/two/index.js"), true);
    assert.equal(ignored.isKnown("a.py"), false);
  });

  test("leave out an ignored folder that is gone, and tell a file that git knows", async () => {
    const copy = new Copy("cache/\n*.tmp\n");
    copy.write("tracked.tmp");
    copy.git("add", "--force", "tracked.tmp");
    const changes = noted((all) => {
      all.seen(copy.file("cache"), "deleted", 0);
      all.seen(copy.file("tracked.tmp"), "modified", 0);
    });
    assert.deepEqual(shown(await eventsOfFiles(copy.window(WAITS), changes)), [["file_modified", "tracked.tmp"]]);
  });

  test("leave out what git does not answer about, and nothing else", async () => {
    const copy = new Copy("");
    const inner = new Copy("");
    inner.write("inner.py");
    inner.git("add", ".");
    inner.git("commit", "--quiet", "--message", "first");
    copy.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "sub");
    mkdirSync(copy.file("real"));
    symlinkSync(copy.file("real"), copy.file("link"));
    const files = [...["a.py", "b.py", "sub/inner.py", "real/c.py"].map((name) => copy.write(name)), copy.file("link/c.py")];
    const changes = noted((all) => files.forEach((file) => all.seen(file, "modified", 0)));
    const told = shown(await eventsOfFiles(copy.window(WAITS), changes));
    assert.deepEqual(told, [["file_modified", "a.py"], ["file_modified", "b.py"], ["file_modified", "real/c.py"]]);
  });

  test("tell what has become of a file", async () => {
    const copy = new Copy("");
    const there = copy.write("there.py");
    const changes = noted((all) => {
      all.seen(there, "deleted", 0);
      all.seen(copy.file("gone.py"), "modified", 0);
      all.seen(copy.file("never.py"), "created", 0);
    });
    assert.deepEqual(shown(await eventsOfFiles(copy.window(WAITS), changes)), [["file_deleted", "gone.py"], ["file_modified", "there.py"]]);
  });

  test("are one for two windows that see them, whatever each heard first", async () => {
    const copy = new Copy("");
    const [changed, gone] = [copy.write("a.py"), copy.write("gone.py")];
    rmSync(gone);
    const told = await Promise.all([
      eventsOfFiles(copy.window(WAITS), noted((all) => {
        all.saved(changed, 0);
        all.seen(gone, "deleted", 0);
      })),
      eventsOfFiles(copy.window(WAITS), noted((all) => {
        all.seen(changed, "created", 5);
        all.seen(gone, "modified", 7);
      })),
    ]);
    const [one, other] = told.map((drafts) => drafts.map(({ draft }) => draft.uid).sort());
    assert.equal(one?.length, 2);
    assert.deepEqual(one, other);
    copy.write("a.py", "again");
    const [again] = await eventsOfFiles(copy.window(WAITS), noted((all) => all.seen(changed, "modified", 0)));
    assert.ok(again !== undefined && !one.includes(again.draft.uid));
    assert.match(again.draft.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("are told by who carries a step out, but for what the person saves", async () => {
    const copy = new Copy("");
    const [agents, persons] = [copy.write("agent.py"), copy.write("person.py")];
    const changes = noted((all) => {
        all.seen(agents, "modified", 0);
        all.saved(persons, 0);
      });
    const told = await eventsOfFiles(copy.window(HELD), changes);
    assert.deepEqual(told.map(({ draft }) => [draft.data, draft.interactionId, draft.source]), [[{ path: "person.py", saved: true }, "step-1", "watcher"]]);
    assert.deepEqual(await eventsOfFiles(copy.window(), changes), []);
  });

  test("of a name tell both names", async () => {
    const copy = new Copy("");
    const [from, to] = [copy.write("old.py"), copy.file("new.py")];
    renameSync(from, to);
    const told = await eventsOfFiles(copy.window(WAITS), noted((all) => all.renamed(from, to, 0)));
    assert.deepEqual(told.map(({ draft }) => [draft.eventType, draft.data]), [
      ["file_deleted", { path: "old.py", renamed_to: "new.py" }],
      ["file_created", { path: "new.py", renamed_from: "old.py" }],
    ]);
  });

  test("are counted when they are very many", async () => {
    const copy = new Copy("");
    const files = Array.from({ length: 150 }, (_, index) => copy.write(`src/app/${index}.py`));
    const changes = noted((all) => {
      files.forEach((file, index) => all.seen(file, index < 100 ? "modified" : "created", 0));
      all.seen(copy.file("src/gone.py"), "deleted", 0);
    });
    const [told, ...more] = await eventsOfFiles(copy.window(WAITS), changes);
    assert.deepEqual(more, []);
    assert.equal(told?.draft.eventType, "file_modified");
    assert.deepEqual(told.draft.data, { more_files: 151, folder: "src", modified: 100, created: 50, deleted: 1 });
  });

  test("are not told when git cannot be asked, and that is said", async () => {
    const said: string[] = [];
    const ignored = new IgnoredFiles(path.join(scratchFolder(), "gone"), (sentence) => said.push(sentence));
    assert.deepEqual(await ignored.kept(["a.py"]), []);
    assert.match(said.join(), /git cannot be asked what it ignores/);
  });
});
