import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })));

/** A folder that goes with the test file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "treadle-unit-"));
  folders.push(folder);
  return folder;
}
