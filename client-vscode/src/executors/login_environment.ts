import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";

const TIMEOUT_MS = 10_000;
const EDITOR_OWN = /^(VSCODE_|ELECTRON_|CODE_SERVER_)/;
const EDITOR_OWN_NAMES: readonly string[] = ["NODE_OPTIONS", "GIT_ASKPASS"];

/**
 * The environment that a person has in a terminal: what the login shell sets, under what the editor has already,
 * without the editor's own variables. A shell that does not answer leaves the editor's.
 */
export async function loginEnvironment(editor: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const own = Object.fromEntries(Object.entries(editor).filter(([name]) => !isEditorOwn(name)));
  const shell = await shellEnvironment(own);
  return { ...shell, ...own, PATH: joinedPath(own.PATH, shell.PATH) };
}

function isEditorOwn(name: string): boolean {
  return EDITOR_OWN.test(name) || EDITOR_OWN_NAMES.includes(name);
}

function joinedPath(...paths: (string | undefined)[]): string {
  const folders = paths.flatMap((one) => one?.split(":") ?? []);
  return [...new Set(folders.filter((folder) => folder !== ""))].join(":");
}

function shellEnvironment(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const mark = randomUUID();
  const shell = env.SHELL ?? "/bin/sh";
  return new Promise((resolve) => {
    // Detached: an interactive shell must not touch the terminal of whoever started the editor.
    const child = spawn(shell, ["-i", "-l", "-c", `printf %s ${mark}; command env -0; printf %s ${mark}`], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const patience = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS).unref();
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    child.on("error", () => resolve({}));
    child.on("close", () => {
      clearTimeout(patience);
      resolve(variablesOf(printed.split(mark)[1] ?? ""));
    });
  });
}

function variablesOf(text: string): Record<string, string> {
  const pairs = text.split("\0").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.filter(([name]) => name !== "" && name !== "_" && name !== "SHLVL")) as Record<
    string,
    string
  >;
}
