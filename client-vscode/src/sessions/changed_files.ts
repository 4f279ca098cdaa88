/** One file that differs; `from`: its path before, null where it is new. `to`: its path now, null where it was deleted. */
export interface ChangedFile {
  readonly from: string | null;
  readonly to: string | null;
}

/** What `git diff --name-status -z` prints. */
export function changedFilesOf(printed: string): ChangedFile[] {
  const words = printed.split("\0");
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < words.length; ) {
    const [status = "", first = "", second = ""] = words.slice(at, at + 3);
    const moved = /^[RC]/.test(status);
    at += moved ? 3 : 2;
    const from = status === "A" || status.startsWith("C") ? null : first;
    const to = status === "D" ? null : moved ? second : first;
    files.push({ from, to });
  }
  return files;
}

/** What `git ls-files -z` prints of files that git does not know. */
export function newFilesOf(printed: string): ChangedFile[] {
  return printed.split("\0").filter((path) => path !== "").map((path) => ({ from: null, to: path }));
}

/** Those of a session, by the paths of its events; all where it has told of none. */
export function filesAmong(files: readonly ChangedFile[], paths: ReadonlySet<string>): readonly ChangedFile[] {
  const among = ({ from, to }: ChangedFile): boolean => [from, to].some((path) => path !== null && paths.has(path));
  return paths.size === 0 ? files : files.filter(among);
}

export function pathOfFile({ from, to }: ChangedFile): string {
  return to ?? from ?? "";
}

/** The worktree in which a branch is checked out, as `git worktree list --porcelain -z` tells; null: none is. */
export function worktreeOf(printed: string, branch: string): string | null {
  const trees = printed.split("\0\0").map((tree) => tree.split("\0"));
  const found = trees.find((lines) => lines.includes(`branch refs/heads/${branch}`));
  return found?.find((line) => line.startsWith("worktree "))?.slice("worktree ".length) ?? null;
}
