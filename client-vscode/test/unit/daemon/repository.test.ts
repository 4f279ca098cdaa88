import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { repositoryAround } from "../../../src/daemon/repository";
import { scratchFolder } from "../scratch";

test("the repository around a folder is found, also where .git is a file", () => {
  const root = path.join(scratchFolder(), "ein Projekt ü");
  const inner = path.join(root, "a", "b");
  mkdirSync(inner, { recursive: true });
  assert.equal(repositoryAround(inner), null);
  writeFileSync(path.join(root, ".git"), "gitdir: elsewhere\n");
  assert.equal(repositoryAround(inner), root);
  assert.equal(repositoryAround(root), root);
  mkdirSync(path.join(root, "a", ".git"));
  assert.equal(repositoryAround(inner), path.join(root, "a"));
});
