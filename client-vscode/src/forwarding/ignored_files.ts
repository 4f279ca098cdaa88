import { spawn } from "node:child_process";
import path from "node:path";

/** Their own answer is asked for again after so long: an ignored folder stays one mostly. */
const KEEP_MS = 60_000;
const MAX_KEPT = 5_000;
const TIMEOUT_MS = 10_000;
const SOME_IGNORED = 0;
const NONE_IGNORED = 1;

/** What git ignores in one working copy, by git's own answer. */
export class IgnoredFiles {
  private folders = new Set<string>();
  private askedAt = 0;

  constructor(
    private readonly root: string,
    private readonly report: (sentence: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether it lies in a folder that was ignored a moment ago. */
  isKnown(file: string): boolean {
    if (this.now() - this.askedAt > KEEP_MS || this.folders.size > MAX_KEPT) {
      this.folders.clear();
    }
    return foldersOf(file).some((folder) => this.folders.has(folder));
  }

  /** Those of the paths, relative to the root and with slashes, that git does not ignore; `gone`: some that are not there any more. */
  async kept(paths: readonly string[], gone: ReadonlySet<string> = new Set()): Promise<string[]> {
    const asked = paths.filter((each) => each !== "" && !isGits(each) && !this.isKnown(each));
    if (asked.length === 0) {
      return [];
    }
    const folders = [...new Set(asked.flatMap(foldersOf))];
    // One that is gone may have been a folder, which only a slash says.
    const ignored = await this.ask([...folders, ...asked, ...asked.filter((each) => gone.has(each)).map((each) => `${each}/`)]);
    this.askedAt = this.now();
    folders.filter((folder) => ignored.has(folder)).forEach((folder) => this.folders.add(folder));
    return asked.filter((each) => !ignored.has(each) && !ignored.has(`${each}/`));
  }

  /** What git does not answer about, say files of a submodule, counts as ignored: it is another project's. */
  private async ask(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const { code, stdout } = await this.checkIgnore(paths);
    if (code === SOME_IGNORED || code === NONE_IGNORED) {
      return new Set(stdout.split("\0").filter((each) => each !== ""));
    }
    if (code === null || paths.length === 1) {
      return new Set(paths);
    }
    const middle = Math.ceil(paths.length / 2);
    const one = await this.ask(paths.slice(0, middle));
    return new Set([...one, ...(await this.ask(paths.slice(middle)))]);
  }

  private checkIgnore(paths: readonly string[]): Promise<{ code: number | null; stdout: string }> {
    return new Promise((resolve) => {
      const words = ["-c", "core.fsmonitor=false", "check-ignore", "--stdin", "-z"];
      const git = spawn("git", words, { cwd: this.root, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" }, stdio: ["pipe", "pipe", "ignore"], timeout: TIMEOUT_MS });
      let stdout = "";
      git.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      git.on("error", (error) => {
        this.report(`Changes of files are not recorded: git cannot be asked what it ignores (${error.message}).`);
        resolve({ code: null, stdout: "" });
      });
      git.on("close", (code) => resolve({ code, stdout }));
      // It may end before it has read all; how it ended says enough.
      git.stdin.on("error", () => undefined);
      git.stdin.end(paths.map((each) => `${each}\0`).join(""));
    });
  }
}

function isGits(file: string): boolean {
  return file.split("/").includes(".git");
}

/** The folders that it lies in, the nearest last. */
function foldersOf(file: string): string[] {
  const folders: string[] = [];
  for (let folder = path.posix.dirname(file); folder !== "."; folder = path.posix.dirname(folder)) {
    folders.unshift(folder);
  }
  return folders;
}
