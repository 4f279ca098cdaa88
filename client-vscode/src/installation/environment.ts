import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Bundle } from "./bundle";
import { InstallationError } from "./errors";
import { problemOfPip } from "./pip_problem";
import { findPython, type PythonSearch } from "./python";
import { runTool } from "./tool";
import { inTurn } from "./turn";

export interface Making extends PythonSearch {
  /** Where environments are, one for each bundle. */
  readonly folder: string;
  readonly bundle: Bundle;
  readonly signal: AbortSignal;
  /** What is being done, for a person. */
  readonly onStep: (sentence: string) => void;
  readonly onLine: (line: string) => void;
}

const PART = ".part";
/** Where the environment finds its Python may change; a launcher that names no folder stays right. */
const LAUNCHER = `#!/bin/sh\nexec "\${0%/*}/python" -P -m treadle "$@"\n`;
/** They would send packages elsewhere, or bring others in. */
const NOT_PASSED = ["PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIREMENT", "PIP_CONSTRAINT", "__PYVENV_LAUNCHER__"];
const PIP = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
const PATIENCE = ["--retries", "2", "--timeout", "15"];

/** The `treadle` of the environment that was made of this bundle; null: there is none, or its Python is gone. */
export function programIn(folder: string, bundle: Bundle): string | null {
  const binaries = path.join(folder, bundle.key, "bin");
  const program = path.join(binaries, "treadle");
  return existsSync(program) && existsSync(path.join(binaries, "python")) ? program : null;
}

/** Makes the environment unless another window has done so meanwhile; what is not whole is never in its place. */
export async function makeEnvironment(making: Making): Promise<string> {
  const { folder, bundle, signal } = making;
  try {
    return await inTurn(path.join(folder, ".turn"), signal, async () => {
      const made = programIn(folder, bundle);
      return made ?? (await make(making));
    });
  } catch (error) {
    if (signal.aborted) {
      throw new InstallationError("Treadle was not set up, as it was cancelled.", "cancelled");
    }
    throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? problemOfPip("No space left on device", []) : error;
  }
}

async function make(making: Making): Promise<string> {
  const { folder, bundle, onStep } = making;
  await removeParts(folder);
  onStep("Looking for Python …");
  const python = await findPython({ ...making, env: ownEnv(making.env) });
  const part = path.join(folder, `${crypto.randomUUID()}${PART}`);
  await mkdir(part, { recursive: true });
  try {
    onStep(`Making an environment with Python ${python.version.join(".")} …`);
    await run(making, [python.command, "-m", "venv", part]);
    const own = path.join(part, "bin", "python");
    onStep("Installing the packages that Treadle needs …");
    await run(making, [own, ...PIP, ...PATIENCE, "--only-binary", ":all:", "--require-hashes", "--requirement", bundle.requirements]);
    onStep("Installing Treadle …");
    await run(making, [own, ...PIP, "--no-deps", "--no-index", bundle.wheel]);
    await writeFile(path.join(part, "bin", "treadle"), LAUNCHER);
    await chmod(path.join(part, "bin", "treadle"), 0o755);
    await putInPlace(part, path.join(folder, bundle.key));
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return path.join(folder, bundle.key, "bin", "treadle");
}

async function run({ env, signal, onLine }: Making, argv: readonly [string, ...string[]]): Promise<void> {
  onLine(`$ ${argv.join(" ")}`);
  const { code, lines } = await runTool({ argv, env: ownEnv(env), signal, onLine });
  signal.throwIfAborted();
  if (code !== 0) {
    throw problemOfPip(lines.join("\n"), lines);
  }
}

/** One whose Python is gone stands in the way. */
async function putInPlace(part: string, place: string): Promise<void> {
  if (existsSync(place)) {
    await rename(place, `${place}.${crypto.randomUUID()}${PART}`);
  }
  await rename(part, place);
}

/** Of an installation that was killed. */
async function removeParts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(PART)) {
      await rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function ownEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_PASSED.includes(name))), PYTHONUTF8: "1" };
}
