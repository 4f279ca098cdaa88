import path from "node:path";
import { RefusedError } from "./errors";
import { repositoryAround } from "./repository";

/** How Treadle says that a file of a project is wrong. */
const INVALID = /^(\.treadle\/\S+) is not valid in line (\d+): /;

/** A refusal for a wrong file of a folder's project knows which file that is, so that it can be opened there. */
export function withPlace(error: unknown, folder: string): unknown {
  const [, file, line] = error instanceof RefusedError ? (INVALID.exec(error.message) ?? []) : [];
  if (!(error instanceof RefusedError) || file === undefined) {
    return error;
  }
  const place = { path: path.join(repositoryAround(folder) ?? folder, file), line: Number(line) };
  return new RefusedError(error.message, "project_invalid", { ...error.details, ...place });
}
