import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const folders: string[] = [];
process.once("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that goes with the test process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "treadle-unit-"));
  folders.push(folder);
  return folder;
}
