import { execFile } from "node:child_process";
import { RefusedError } from "../daemon/errors";
import { type ChangedFile, changedFilesOf, newFilesOf, worktreeOf } from "../sessions/changed_files";

const MAX_OUTPUT = 256 * 1024 * 1024;
const NOT_FOUND = "ENOENT";

export interface Comparison {
  /** Where files of now are; null: they are those of `target`. */
  readonly folder: string | null;
  readonly base: string;
  readonly target: string | null;
  readonly files: readonly ChangedFile[];
}

/** What a session works on: its own branch since `base`, or the checkout as it is. */
export interface Place {
  readonly root: string;
  readonly base: string | null;
  readonly branch: string | null;
  readonly commit: string | null;
}

/** What has changed there: in the worktree that has the branch, else up to the branch, or to the commit that is left of it. */
export async function compared({ root, base, branch, commit }: Place): Promise<Comparison> {
  if (base === null) {
    return againstFolder(root, (await resolved(root, "HEAD")) ?? (await emptyTree(root)));
  }
  const folder = branch === null ? null : worktreeOf(await text(root, ["worktree", "list", "--porcelain", "-z"]), branch);
  if (folder !== null) {
    return againstFolder(folder, base);
  }
  const target = (branch === null ? null : await resolved(root, `refs/heads/${branch}`)) ?? commit;
  if (target === null) {
    throw new RefusedError(`The branch ${branch ?? ""} of the session is not there any more.`, "refused");
  }
  return { folder: null, base, target, files: await differing(root, [base, target]) };
}

/** A file as it was in a commit, byte for byte. */
export function fileAt(root: string, commit: string, path: string): Promise<Buffer> {
  return git(root, ["show", `${commit}:${path}`]);
}

async function againstFolder(folder: string, base: string): Promise<Comparison> {
  const known = await differing(folder, [base]);
  const fresh = newFilesOf(await text(folder, ["ls-files", "--others", "--exclude-standard", "-z"]));
  return { folder, base, target: null, files: [...known, ...fresh] };
}

async function differing(root: string, commits: readonly string[]): Promise<ChangedFile[]> {
  const options = ["--name-status", "-z", "--find-renames", "--no-ext-diff", "--ignore-submodules=all"];
  return changedFilesOf(await text(root, ["diff", ...options, ...commits, "--"]));
}

async function resolved(root: string, name: string): Promise<string | null> {
  try {
    return (await text(root, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])).trim();
  } catch (error) {
    if (error instanceof RefusedError && error.code === "git_not_found") {
      throw error;
    }
    return null;
  }
}

/** Of a repository without a commit. */
async function emptyTree(root: string): Promise<string> {
  return (await text(root, ["hash-object", "-t", "tree", "/dev/null"])).trim();
}

async function text(root: string, words: readonly string[]): Promise<string> {
  return (await git(root, words)).toString("utf8");
}

function git(root: string, words: readonly string[]): Promise<Buffer> {
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  return new Promise((resolve, reject) => {
    execFile("git", ["-C", root, ...words], { encoding: "buffer", maxBuffer: MAX_OUTPUT, env }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else if (error.code === NOT_FOUND) {
        reject(new RefusedError("git was not found, so changes cannot be shown.", "git_not_found"));
      } else {
        reject(new RefusedError(`git ${words[0] ?? ""}: ${stderr.toString("utf8").trim().split("\n")[0] ?? ""}`, "refused"));
      }
    });
  });
}
