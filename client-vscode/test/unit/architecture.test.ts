import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";

const IMPORT = /^(?:import|export)\b[^;]*?from\s+"([^"]+)";/gms;
/** From the ground up; a row may not know itself sideways, nor what is above it. */
const FLOORS = [["protocol"], ["daemon"], ["sessions"], ["executors", "forwarding", "installation", "language", "views", "commands"], ["settings"], ["program_finder", "project_choice", "runs"], ["daemon_wiring"], ["extension"]];

const files = [...sources("src"), ...sources("webview")];
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function sources(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => path.join(folder, name));
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, name = ""]) =>
    name.startsWith(".") ? `${path.join(path.dirname(file), name)}.ts` : name,
  );
}

function heightOf(file: string): number {
  const [, room = ""] = file.split(path.sep);
  return FLOORS.findIndex((rooms) => rooms.includes(room.replace(/\.ts$/, "")));
}

function roomOf(file: string): string {
  return path.dirname(file);
}

/** The first way from a file back to itself. */
function cycleFrom(file: string, way: readonly string[] = []): string[] | null {
  if (way.includes(file)) {
    return way[0] === file ? [...way, file] : null;
  }
  for (const next of imports.get(file) ?? []) {
    const cycle = cycleFrom(next, [...way, file]);
    if (cycle !== null) {
      return cycle;
    }
  }
  return null;
}

test("every file has its floor, and every relative import a file", () => {
  for (const [file, names] of imports) {
    assert.ok(file.startsWith("webview") || heightOf(file) >= 0, file);
    for (const name of names.filter((one) => one.endsWith(".ts"))) {
      assert.ok(imports.has(name), `${file} imports ${name}`);
    }
  }
});

test("imports go down only", () => {
  for (const [file, names] of imports) {
    for (const name of names.filter((one) => one.startsWith("src"))) {
      const isDown = heightOf(name) < heightOf(file);
      const isInside = roomOf(name) === roomOf(file);
      assert.ok(isDown || isInside, `${file} imports ${name}`);
    }
  }
});

test("no import goes round in a circle, not even for a type", () => {
  for (const file of files) {
    assert.equal(cycleFrom(file), null);
  }
});

test("a page and the extension know only the page's message types of each other", () => {
  for (const [file, names] of imports) {
    const isPage = file.startsWith("webview");
    for (const name of names.filter((one) => one.startsWith(isPage ? "src" : "webview"))) {
      assert.equal(isPage ? null : name, "webview/messages.ts", `${file} imports ${name}`);
    }
  }
});

test("only views, commands, language, what follows the workspace, and the roof know the editor", () => {
  const knowing = [...imports].filter(([, names]) => names.includes("vscode")).map(([file]) => file);
  for (const file of knowing) {
    assert.match(file, /^src\/(views|commands|language|runs)\/|^src\/forwarding\/([a-z]+_)?forwarding\.ts$|^src\/[a-z_]+\.ts$/);
  }
});

test("only language knows the language client", () => {
  const knowing = [...imports].filter(([, names]) => names.some((name) => name.startsWith("vscode-languageclient"))).map(([file]) => file);
  assert.ok(knowing.length > 0);
  for (const file of knowing) {
    assert.match(file, /^src\/language\//);
  }
});

test("nobody re-exports", () => {
  for (const file of files) {
    assert.doesNotMatch(readFileSync(file, "utf8"), /^export \* from|^export \{[^}]*\} from/m, file);
  }
});
