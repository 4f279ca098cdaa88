import { spawn } from "node:child_process";

export interface ToolRun {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export interface ToolEnd {
  /** Null when it could not be started, or was ended. */
  readonly code: number | null;
  /** The last ones that it printed. */
  readonly lines: readonly string[];
}

const KEPT_LINES = 200;
const LONGEST_LINE = 4_096;

/** Runs a program and all that it starts; an abort ends them together. */
export function runTool({ argv: [file, ...args], env, signal, onLine }: ToolRun): Promise<ToolEnd> {
  const lines: string[] = [];
  const take = (line: string): void => {
    const text = line.trimEnd().slice(0, LONGEST_LINE);
    if (text !== "") {
      lines.push(text);
      lines.splice(0, lines.length - KEPT_LINES);
      onLine?.(text);
    }
  };
  if (signal?.aborted === true) {
    return Promise.resolve({ code: null, lines });
  }
  return new Promise((resolve) => {
    // A group of its own, to be ended as one.
    const child = spawn(file, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const kill = (): void => killGroup(child.pid);
    const end = (code: number | null): void => {
      signal?.removeEventListener("abort", kill);
      resolve({ code, lines });
    };
    signal?.addEventListener("abort", kill);
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = (parts.pop() ?? "").slice(-LONGEST_LINE);
        parts.forEach(take);
      });
      stream.on("end", () => take(rest));
    }
    child.on("error", () => end(null));
    child.on("close", end);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid !== undefined) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}
