import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

for (const name of ["SIGINT", "SIGTERM"] as const) {
  // Runs what listens to "exit": without it groups of their own would be left.
  process.once(name, () => process.exit(130));
}

/** A process group of its own, that ends with this process at the latest. */
export class Group {
  private readonly child: ChildProcess;
  private readonly kill = (): void => signal(-this.pid, "SIGKILL");

  constructor(argv: readonly [string, ...string[]], options: { env: NodeJS.ProcessEnv; log: string; cwd?: string }) {
    const log = openSync(options.log, "a");
    const [file, ...words] = argv;
    this.child = spawn(file, words, { ...options, detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    process.once("exit", this.kill);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async stop(): Promise<void> {
    const ended = this.hasEnded || new Promise((resolve) => this.child.once("exit", resolve));
    signal(-this.pid, "SIGTERM");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
    this.kill();
    process.off("exit", this.kill);
  }

  private get pid(): number {
    if (this.child.pid === undefined) {
      throw new Error("The process was not started.");
    }
    return this.child.pid;
  }
}

/** Ends, by id, whatever was started with this folder in its environment and is left: runners outlive windows. */
export function endAllOf(folder: string): number {
  const left = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(folder));
  left.forEach((pid) => signal(pid, "SIGKILL"));
  return left.length;
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
