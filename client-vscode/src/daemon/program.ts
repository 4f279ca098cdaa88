import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { DaemonUnavailableError, RefusedError } from "./errors";

/** How to call `treadle`. */
export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

export interface ProgramSettings {
  readonly command: unknown;
  /** None when they are not trusted: their `.venv` is the folder's own code. */
  readonly trustedFolders: readonly string[];
}

const TIMEOUT_MS = 60_000;
const DRAIN_MS = 500;
const MAX_OUTPUT = 8 * 1024 * 1024;
const STATE_REFUSES = 3;
const UNTRUSTED = 4;

/** What the setting says, else a folder's own; null: neither. */
export function chosenArgv({ command, trustedFolders }: ProgramSettings): Program["argv"] | null {
  const [program, ...rest] = (Array.isArray(command) ? command : [command]).filter(
    (word): word is string => typeof word === "string" && word !== "",
  );
  if (program !== undefined) {
    return [program, ...rest];
  }
  const own = trustedFolders.map((folder) => path.join(folder, ".venv", "bin", "treadle")).find((file) => existsSync(file));
  return own === undefined ? null : [own];
}

export function withDataDir({ argv, env }: Program, dataDir: string): Program {
  return { argv, env: dataDir === "" ? env : { ...env, TREADLE_DATA_DIR: dataDir } };
}

/** Runs one short `treadle` command, and gives what it prints. */
export async function runProgram(program: Program, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await finished(program, args);
  if (code !== 0) {
    const sentence = lastLine(stderr) ?? `treadle ${args[0] ?? ""} ended with exit code ${code ?? "none"}.`;
    if (code === STATE_REFUSES || code === UNTRUSTED) {
      throw new RefusedError(sentence, code === UNTRUSTED ? "project_untrusted" : "refused");
    }
    throw new DaemonUnavailableError(sentence, "failed");
  }
  return stdout;
}

/** The same, for a command that prints JSON. */
export async function askProgram(program: Program, args: readonly string[]): Promise<unknown> {
  const stdout = await runProgram(program, args);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new DaemonUnavailableError(`treadle ${args[0] ?? ""} printed no JSON.`, "failed");
  }
}

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

function finished(program: Program, args: readonly string[]): Promise<Finished> {
  const [file, ...first] = program.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...args], {
      env: program.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const patience = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS).unref();
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] = (texts[name] + text).slice(-MAX_OUTPUT);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => reject(startError(file, error)));
    child.on("close", (code) => resolve({ code, ...texts }));
    // A daemon that this command started may hold the pipes open.
    child.on("exit", (code) => {
      clearTimeout(patience);
      setTimeout(() => resolve({ code, ...texts }), DRAIN_MS);
    });
  });
}

function startError(file: string, error: NodeJS.ErrnoException): DaemonUnavailableError {
  return error.code === "ENOENT" || error.code === "EACCES"
    ? new DaemonUnavailableError(`Treadle was not found: "${file}" is not a program here.`, "notInstalled")
    : new DaemonUnavailableError(`Treadle could not be started: ${error.message}`, "failed");
}

/** The last line that says something: `treadle` ends with its sentence. */
export function lastLine(text: string): string | null {
  const lines = text.split("\n").map((line) => line.trim().replace(/^treadle: /, ""));
  return lines.filter((line) => line !== "").at(-1) ?? null;
}
