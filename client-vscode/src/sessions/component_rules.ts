/** What a component may be called and where its files may be, as the daemon judges it. */

const MAX_NAME = 200;
const MAX_PATH = 1_000;
const CONTROL = /\p{Cc}/u;
const DRIVE = /^.:/;

/** Why this is no name of a component or a kind, in a sentence; null: it is one. */
export function problemOfName(name: string): string | null {
  if (name.trim() === "") {
    return "Give it a name.";
  }
  if (CONTROL.test(name)) {
    return "A name must not hold control characters.";
  }
  return Array.from(name).length > MAX_NAME ? `A name has at most ${MAX_NAME} characters.` : null;
}

/** Why a new component cannot be called so, in a sentence; null: it can. */
export function problemOfNewName(name: string, taken: ReadonlySet<string>): string | null {
  return problemOfName(name) ?? (taken.has(name.trim()) ? `There is already a component ${name.trim()}.` : null);
}

/** Why no file of a component may be there, in a sentence; null: it may. */
export function problemOfPath(path: string): string | null {
  const parts = path.replaceAll("\\", "/").split("/");
  if (path.trim() === "" || parts[0] === "" || parts.includes("..") || DRIVE.test(path)) {
    return "A path is relative to the project's root and stays in it.";
  }
  if (path.startsWith("-") || parts.includes(".git")) {
    return "A path must not look like an option, and not lead into .git.";
  }
  if (CONTROL.test(path)) {
    return "A path must not hold control characters.";
  }
  return Array.from(path).length > MAX_PATH ? `A path has at most ${MAX_PATH} characters.` : null;
}
