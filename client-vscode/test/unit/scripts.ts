import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A program that does what the shell script says. */
export function script(file: string, text: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}
