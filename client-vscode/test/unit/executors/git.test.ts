import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { compared, fileAt } from "../../../src/executors/git";
import { filesAmong, pathOfFile } from "../../../src/sessions/changed_files";
import { scratchFolder } from "../scratch";

const IMAGE = Buffer.from([0x89, 0x50, 0, 0xff, 0xfe]);

function git(root: string, ...words: string[]): string {
  const who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"];
  return execFileSync("git", ["-C", root, ...who, ...words], { encoding: "utf8" }).trim();
}

/** With a commit of three files. */
function repository(): string {
  const root = path.join(scratchFolder(), "a b ü");
  mkdirSync(path.join(root, "sub"), { recursive: true });
  git(root, "init", "--quiet", "--initial-branch=main");
  writeFileSync(path.join(root, "kept.txt"), "one\n");
  writeFileSync(path.join(root, "gone.txt"), "gone\n");
  writeFileSync(path.join(root, "sub", "old name.txt"), "a\nb\nc\nd\n");
  writeFileSync(path.join(root, "image.png"), IMAGE);
  writeFileSync(path.join(root, ".gitignore"), "ignored/\n");
  git(root, "add", "-A");
  git(root, "commit", "--quiet", "-m", "first");
  return root;
}

function change(root: string): void {
  writeFileSync(path.join(root, "kept.txt"), "two\n");
  rmSync(path.join(root, "gone.txt"));
  renameSync(path.join(root, "sub", "old name.txt"), path.join(root, "sub", "new\nname.txt"));
  git(root, "add", "-A", "sub");
  writeFileSync(path.join(root, "image.png"), Buffer.concat([IMAGE, IMAGE]));
  writeFileSync(path.join(root, "日本.txt"), "new\n");
  mkdirSync(path.join(root, "ignored"));
  writeFileSync(path.join(root, "ignored", "x"), "x");
}

const CHANGED = [
  { from: "gone.txt", to: null },
  { from: "image.png", to: "image.png" },
  { from: "kept.txt", to: "kept.txt" },
  { from: "sub/old name.txt", to: "sub/new\nname.txt" },
  { from: null, to: "日本.txt" },
];
const NOWHERE = { base: null, branch: null, commit: null };

test("changed, new, deleted, renamed and binary files of a checkout are found, ignored ones are not", async () => {
  const root = repository();
  assert.deepEqual((await compared({ root, ...NOWHERE })).files, []);
  change(root);
  const { files, folder, target } = await compared({ root, ...NOWHERE });
  assert.deepEqual(files.toSorted((one, other) => pathOfFile(one).localeCompare(pathOfFile(other))), CHANGED);
  assert.deepEqual([folder, target], [root, null]);
});

test("a file is read as it was, byte for byte", async () => {
  const root = repository();
  change(root);
  assert.deepEqual(await fileAt(root, "HEAD", "image.png"), IMAGE);
  assert.equal((await fileAt(root, "HEAD", "sub/old name.txt")).toString(), "a\nb\nc\nd\n");
  await assert.rejects(fileAt(root, "HEAD", "nowhere.txt"), { code: "refused" });
});

test("a session's branch is compared where it is checked out", async () => {
  const root = repository();
  const base = git(root, "rev-parse", "HEAD");
  const worktree = path.join(scratchFolder(), "work tree");
  git(root, "worktree", "add", "--quiet", "-b", "treadle/1", worktree);
  writeFileSync(path.join(worktree, "kept.txt"), "committed\n");
  git(worktree, "commit", "--quiet", "-a", "-m", "second");
  writeFileSync(path.join(worktree, "fresh.txt"), "fresh\n");
  const { files, folder } = await compared({ root, base, branch: "treadle/1", commit: null });
  assert.deepEqual(files, [{ from: "kept.txt", to: "kept.txt" }, { from: null, to: "fresh.txt" }]);
  assert.equal(folder, worktree);
});

test("of a branch that is checked out nowhere its commits are compared, and of one that is gone what it left", async () => {
  const root = repository();
  const base = git(root, "rev-parse", "HEAD");
  git(root, "switch", "--quiet", "-c", "treadle/1");
  writeFileSync(path.join(root, "kept.txt"), "committed\n");
  git(root, "commit", "--quiet", "-a", "-m", "second");
  const commit = git(root, "rev-parse", "HEAD");
  git(root, "switch", "--quiet", "main");
  const expected = { folder: null, base, target: commit, files: [{ from: "kept.txt", to: "kept.txt" }] };
  assert.deepEqual(await compared({ root, base, branch: "treadle/1", commit: null }), expected);
  git(root, "branch", "--quiet", "-D", "treadle/1");
  assert.deepEqual(await compared({ root, base, branch: "treadle/1", commit }), expected);
  await assert.rejects(compared({ root, base, branch: "treadle/1", commit: null }), { message: /treadle\/1 .* not there any more/ });
});

test("a repository without a commit, and a folder that is none", async () => {
  const root = scratchFolder();
  await assert.rejects(compared({ root, ...NOWHERE }), { code: "refused" });
  git(root, "init", "--quiet");
  writeFileSync(path.join(root, "a"), "a");
  assert.deepEqual((await compared({ root, ...NOWHERE })).files, [{ from: null, to: "a" }]);
});

test("of the person's checkout only the session's files count, as far as it has told of any", () => {
  assert.deepEqual(filesAmong(CHANGED, new Set()), CHANGED);
  assert.deepEqual(filesAmong(CHANGED, new Set(["gone.txt", "sub/old name.txt", "other"])), [CHANGED[0], CHANGED[3]]);
});
