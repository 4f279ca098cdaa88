import { existsSync } from "node:fs";
import path from "node:path";

/** The git repository that a folder is in: its root; null: it is in none. */
export function repositoryAround(folder: string): string | null {
  const above = path.dirname(folder);
  if (existsSync(path.join(folder, ".git"))) {
    return folder;
  }
  return above === folder ? null : repositoryAround(above);
}
