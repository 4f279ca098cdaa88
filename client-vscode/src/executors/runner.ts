import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { lastLine, type Program } from "../daemon/program";

export interface RunnerStart {
  readonly program: Program;
  readonly sessionId: number;
  /** The project's root. */
  readonly folder: string;
  readonly logFile: string;
  /** More words for `treadle run`. */
  readonly words?: readonly string[];
}

export interface StartedRunner {
  readonly pid: number | undefined;
  readonly ended: Promise<RunnerEnd>;
}

export interface RunnerEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last. */
  readonly sentence: string | null;
}

/**
 * `treadle run` of one session. Workspace Trust has decided for the folder, and a person who saves another file under
 * `.treadle` right after Run wants that run no less.
 */
export function runWords(sessionId: number, folder: string, ...more: readonly string[]): string[] {
  return ["run", "--session", String(sessionId), "--project", folder, "--trust", ...more];
}

const MAX_LOG = 1024 * 1024;
const TAIL = 8 * 1024;

/**
 * Starts `treadle run --session N` in a process group of its own, so that it outlives this window. Resolves when
 * it has started; `ended` when it ends while this window lives.
 */
export function startRunner({ program, sessionId, folder, logFile, words = [] }: RunnerStart): Promise<StartedRunner> {
  mkdirSync(path.dirname(logFile), { recursive: true });
  keepSmall(logFile);
  const log = openSync(logFile, "a", 0o600);
  const [file, ...first] = program.argv;
  const child = spawn(file, [...first, ...runWords(sessionId, folder, "--asks", "wait", ...words)], {
    cwd: folder,
    env: program.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise<RunnerEnd>((resolve) => {
    const sentence = () => lastSentence(logFile).catch(() => null);
    child.on("exit", (code, signal) => void sentence().then((said) => resolve({ code, signal, sentence: said })));
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve({ pid: child.pid, ended });
    });
  });
}

function keepSmall(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG) {
    renameSync(file, `${file}.1`);
  }
}

async function lastSentence(file: string): Promise<string | null> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL), 0, TAIL, Math.max(0, size - TAIL));
    return lastLine(buffer.toString("utf8", 0, bytesRead));
  } finally {
    await handle.close();
  }
}
