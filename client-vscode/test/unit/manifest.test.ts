import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { contextOf } from "../../src/sessions/context";

interface Placed {
  command: string;
  when?: string;
  key?: string;
}

interface Setting {
  type: string | string[];
  scope?: string;
  default?: unknown;
  description?: string;
  markdownDescription?: string;
  enum?: string[];
  enumDescriptions?: string[];
}

interface Step {
  id: string;
  title: string;
  description: string;
  media: { svg: string; altText: string };
  completionEvents: string[];
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  publisher: string;
  name: string;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string; enablement?: string }[];
    menus: Record<string, Placed[]>;
    keybindings: Placed[];
    customEditors: { viewType: string }[];
    views: Record<string, { id: string; when?: string }[]>;
    viewsWelcome: { view: string; contents: string; when: string }[];
    walkthroughs: { id: string; steps: Step[] }[];
    yamlValidation: { fileMatch: string[]; url: string }[];
    snippets: { language: string; path: string }[];
    configuration: { properties: Record<string, Setting> };
  };
};
const { commands, menus, keybindings, customEditors, views, viewsWelcome, walkthroughs, configuration } = manifest.contributes;
const ids = new Set(commands.map(({ command }) => command));
const viewIds = new Set([...Object.values(views).flatMap((each) => each.map(({ id }) => id)), ...customEditors.map(({ viewType }) => viewType)]);
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(path.join("src", name), "utf8"));

/** Every key of Treadle's own that some source sets. */
function keysThatAreSet(): Set<string> {
  const direct = sources.flatMap((text) => [...text.matchAll(/"setContext", "treadle\.(\w+)"/g), ...text.matchAll(/\.tell\("(\w+)"/g)]);
  return new Set([...direct.map((match) => match[1] ?? ""), ...Object.keys(contextOf([], 0))]);
}

test("every contributed command is in the table, and the other way round", () => {
  const table = [...readFileSync("src/commands/table.ts", "utf8").matchAll(/^ {2}"(treadle\.\w+)":/gm)].map((match) => match[1]);
  const contributed = commands.map(({ command }) => command);
  assert.deepEqual(table.toSorted(), contributed.toSorted());
});

test("the extension has the version of the program that it brings", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  assert.equal(/^version = "(.+)"$/m.exec(readFileSync("../pyproject.toml", "utf8"))?.[1], version);
  assert.equal(/^__version__ = "(.+)"$/m.exec(readFileSync("../server/treadle/__init__.py", "utf8"))?.[1], version);
});

test("commands read as commands of Treadle", () => {
  for (const { title, category } of commands) {
    assert.equal(category, "Treadle");
    assert.match(title, /^[A-Z]/);
  }
});

test("in a folder that is not trusted only what looks is offered", () => {
  const [, list = ""] = /new Set\(\[(.*?)\]\)/s.exec(readFileSync("src/commands/restricted.ts", "utf8")) ?? [];
  const looking = new Set([...list.matchAll(/"(treadle\.\w+)"/g)].map((match) => match[1]));
  assert.ok(looking.size > 5);
  for (const { command, enablement = "" } of commands) {
    const needsTrust = /(^|[(& ])isWorkspaceTrusted/.test(enablement);
    assert.equal(needsTrust, !looking.has(command), `${command}: its enablement needs isWorkspaceTrusted, unless commands/restricted.ts says that it only looks`);
  }
});

test("what stands in a menu, at a key or in a text is a command, and none has a key twice", () => {
  for (const { command } of [...Object.values(menus).flat(), ...keybindings]) {
    assert.ok(ids.has(command), command);
  }
  const texts = [...viewsWelcome.map(({ contents }) => contents), ...walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description))];
  for (const [, command = ""] of texts.flatMap((text) => [...text.matchAll(/command:([\w.]+)/g)])) {
    assert.ok(ids.has(command) || !command.startsWith("treadle."), command);
  }
  assert.equal(new Set(keybindings.map(({ key }) => key)).size, keybindings.length);
});

test("what has a place in a view's title or inline has an icon", () => {
  for (const { command } of Object.values(menus).flat().filter((each) => /"group":"(navigation|inline)/.test(JSON.stringify(each)))) {
    assert.match(commands.find((each) => each.command === command)?.icon ?? "", /^\$\([a-z-]+\)$/, command);
  }
});

test("a clause asks only for what somebody sets", () => {
  const known = keysThatAreSet();
  const clauses = [
    ...commands.map(({ enablement }) => enablement),
    ...[...Object.values(menus).flat(), ...keybindings, ...viewsWelcome, ...Object.values(views).flat()].map(({ when }) => when),
    ...walkthroughs.flatMap(({ steps }) => steps.flatMap(({ completionEvents }) => completionEvents.filter((event) => event.startsWith("onContext:")))),
  ];
  for (const [name, key = ""] of clauses.flatMap((clause) => [...(clause ?? "").matchAll(/treadle\.(\w+)/g)])) {
    assert.ok(known.has(key) || viewIds.has(name), name);
  }
});

test("before the extension is active a command that needs sessions is offered, since nobody knows yet", () => {
  for (const { command, enablement = "" } of commands.filter((each) => each.enablement?.includes("treadle.has"))) {
    assert.match(enablement, /^(isWorkspaceTrusted && \(!treadle\.state \|\| treadle\.has\w+\)|!treadle\.state \|\| treadle\.has\w+)$/, command);
  }
});

test("every setting says what it does and where it may be set, and has a default", () => {
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  for (const [name, setting] of Object.entries(configuration.properties)) {
    assert.match(setting.markdownDescription ?? setting.description ?? "", /^[A-Z`].{20,}\.$/s, name);
    assert.ok(["machine", "machine-overridable", "window", "resource", "application"].includes(setting.scope ?? "window"), name);
    assert.notEqual(setting.default, undefined, name);
    assert.equal(setting.enumDescriptions?.length, setting.enum?.length, name);
    // Which program is run is nothing that a folder decides that is not trusted.
    assert.ok(!setting.scope?.startsWith("machine") || restrictedConfigurations.includes(name), name);
  }
  for (const name of restrictedConfigurations) {
    assert.ok(name in configuration.properties, name);
  }
});

test("the walkthrough's steps end by something that happens, and their pictures have the theme's colours", () => {
  for (const { id, title, media, completionEvents } of walkthroughs.flatMap(({ steps }) => steps)) {
    assert.match(title, /^[A-Z]/);
    assert.ok(completionEvents.length > 0, id);
    assert.ok(completionEvents.filter((event) => event.startsWith("onCommand:")).every((event) => ids.has(event.replace("onCommand:", ""))), id);
    assert.ok(media.altText.length > 10, id);
    assert.ok(existsSync(media.svg), media.svg);
    assert.doesNotMatch(readFileSync(media.svg, "utf8"), /#[0-9a-f]{3,8}\b|rgba?\(|hsl|<script|href/i, media.svg);
  }
  assert.ok(sources.some((text) => text.includes(`"${manifest.publisher}.${manifest.name}#${walkthroughs[0]?.id ?? ""}"`)));
});

test("a YAML extension finds the schema of workflow files", () => {
  for (const { fileMatch, url } of manifest.contributes.yamlValidation) {
    assert.deepEqual(fileMatch, [".treadle/workflows/*.yaml", ".treadle/workflows/*.yml"]);
    const schema = JSON.parse(readFileSync(url, "utf8")) as { properties: object };
    assert.ok("steps" in schema.properties);
  }
});

test("snippets are offered in workflow files only", () => {
  for (const { path } of manifest.contributes.snippets) {
    const snippets = JSON.parse(readFileSync(path, "utf8")) as Record<string, { prefix: string; include: string[] }>;
    for (const { prefix, include } of Object.values(snippets)) {
      // An editor of before 2026 knows no `include`, and offers them by their prefix in every YAML file.
      assert.match(prefix, /^treadle-/);
      assert.deepEqual(include, ["**/.treadle/workflows/*.yaml", "**/.treadle/workflows/*.yml"]);
    }
  }
});

test("every file that is contributed is packaged", () => {
  const packaged = readFileSync(".vscodeignore", "utf8");
  const { yamlValidation, snippets } = manifest.contributes;
  for (const file of [...yamlValidation.map(({ url }) => url), ...snippets.map(({ path }) => path)]) {
    assert.ok(packaged.includes(`\n!${file.split("/")[1] ?? ""}/**\n`), file);
  }
});

test("a page lets in nothing but its own script, style and icons", () => {
  const html = readFileSync("src/views/timeline_html.ts", "utf8");
  assert.match(html, /default-src 'none'; script-src 'nonce-\$\{nonce\}'; style-src \$\{webview\.cspSource\}; font-src \$\{webview\.cspSource\};`/);
  assert.doesNotMatch(html, /unsafe-|style="/);
});

test("the page's colours are the theme's", () => {
  const css = readFileSync("webview/timeline.css", "utf8");
  assert.doesNotMatch(css, /#[0-9a-f]{3,8}\b(?!-)|rgba?\(|hsl/i);
});
