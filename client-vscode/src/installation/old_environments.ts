import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Bundle } from "./bundle";

const ENVIRONMENT = /^[^-]+-[0-9a-f]{12}$/;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Removes the environments of other bundles, but not from under a process that runs from one: a runner, an older daemon. */
export async function removeOldEnvironments(folder: string, bundle: Bundle): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const old = names.filter((name) => ENVIRONMENT.test(name) && name !== bundle.key).map((name) => path.join(folder, name));
  if (old.length === 0) {
    return;
  }
  // Without `ps` it is not known what runs, and nothing is removed.
  const { stdout: running } = await promisify(execFile)("ps", ["-axww", "-o", "args="], { maxBuffer: MAX_OUTPUT });
  for (const place of old.filter((each) => !running.includes(each))) {
    await rm(place, { recursive: true, force: true });
  }
}
