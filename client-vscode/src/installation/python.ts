import { InstallationError } from "./errors";
import { runTool, type ToolRun } from "./tool";

/** What a Python said of itself. */
export interface Python {
  readonly command: string;
  readonly version: readonly number[];
  /** Debian keeps what makes environments in a package of its own. */
  readonly hasVenv: boolean;
}

export interface PythonSearch {
  /** The setting; empty: those that are usual. */
  readonly wanted: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

const OLDEST = [3, 11] as const;
const USUAL = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"];
/** Understood by every Python since 2.6. */
const QUESTION = `
import sys
try:
    import venv, ensurepip
    tool = "venv"
except ImportError:
    tool = "none"
print("%d.%d.%d %s" % (tuple(sys.version_info[:3]) + (tool,)))
`;
const ANSWER = /^(\d+)\.(\d+)\.(\d+) (venv|none)$/;
const ANSWER_MS = 15_000;

/** The first Python that is new enough and can make environments. */
export async function findPython({ wanted, env, signal }: PythonSearch): Promise<Python> {
  const seen: Python[] = [];
  for (const command of wanted === "" ? USUAL : [wanted]) {
    const python = await askPython(command, env, signal);
    if (python !== null) {
      seen.push(python);
      if (isSuitable(python)) {
        return python;
      }
    }
  }
  throw problemOf(seen, wanted);
}

async function askPython(command: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Python | null> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  const run: ToolRun = { argv: [command, "-c", QUESTION], env, signal: signal === undefined ? patience : AbortSignal.any([signal, patience]) };
  const { code, lines } = await runTool(run);
  signal?.throwIfAborted();
  const [, major, minor, patch, tool] = ANSWER.exec(lines.at(-1) ?? "") ?? [];
  return code !== 0 || tool === undefined ? null : { command, version: [major, minor, patch].map(Number), hasVenv: tool === "venv" };
}

export function isSuitable(python: Python): boolean {
  return isNewEnough(python) && python.hasVenv;
}

function isNewEnough({ version: [major = 0, minor = 0] }: Python): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Of those that answered, none is suitable. */
export function problemOf(seen: readonly Python[], wanted: string): InstallationError {
  const bare = seen.find(isNewEnough);
  const needs = `Treadle needs Python ${OLDEST.join(".")} or newer`;
  if (bare !== undefined) {
    const debian = `python${bare.version.slice(0, 2).join(".")}-venv`;
    const sentence = `${wordsOf(bare)} cannot make environments. On Debian and Ubuntu, install the package ${debian}, then try again.`;
    return new InstallationError(sentence, "venvMissing");
  }
  if (seen.length > 0) {
    const found = [...new Set(seen.map(wordsOf))].join(", ");
    return new InstallationError(`${needs}, and found only ${found}. Install one, or name one in the setting treadle.python.`, "pythonTooOld");
  }
  const sentence =
    wanted === ""
      ? `${needs}, and found none. Install one, or name one in the setting treadle.python.`
      : `${needs}, and "${wanted}", which the setting treadle.python names, is none.`;
  return new InstallationError(sentence, "pythonMissing");
}

function wordsOf({ command, version }: Python): string {
  return `${command} (${version.join(".")})`;
}
