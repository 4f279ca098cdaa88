import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    yamlValidation: { fileMatch: string[]; url: string }[];
    snippets: { language: string; path: string }[];
    configuration: { properties: object };
  };
};

test("every contributed command is in the table, and the other way round", () => {
  const table = [...readFileSync("src/commands/table.ts", "utf8").matchAll(/^ {2}"(treadle\.\w+)":/gm)].map((match) => match[1]);
  const contributed = manifest.contributes.commands.map(({ command }) => command);
  assert.deepEqual(table.toSorted(), contributed.toSorted());
});

test("commands read as commands of Treadle", () => {
  for (const { title, category } of manifest.contributes.commands) {
    assert.equal(category, "Treadle");
    assert.match(title, /^[A-Z]/);
  }
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

test("a page lets in nothing but its own script and style", () => {
  const html = readFileSync("src/views/timeline_html.ts", "utf8");
  assert.match(html, /default-src 'none'; script-src \$\{webview\.cspSource\}; style-src \$\{webview\.cspSource\};/);
  assert.doesNotMatch(html, /unsafe-|style="/);
});

test("the page's colours are the theme's", () => {
  const css = readFileSync("webview/timeline.css", "utf8");
  assert.doesNotMatch(css, /#[0-9a-f]{3,8}\b(?!-)|rgba?\(|hsl/i);
});
