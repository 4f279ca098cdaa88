import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A folder that goes with the test process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "treadle-unit-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
