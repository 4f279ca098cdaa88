import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    yamlValidation: { fileMatch: string[]; url: string }[];
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

test("the schema of workflow files is packaged, for those who have a YAML extension", () => {
  for (const { fileMatch, url } of manifest.contributes.yamlValidation) {
    assert.deepEqual(fileMatch, [".treadle/workflows/*.yaml", ".treadle/workflows/*.yml"]);
    const schema = JSON.parse(readFileSync(url, "utf8")) as { properties: object };
    assert.ok("steps" in schema.properties);
  }
  assert.match(readFileSync(".vscodeignore", "utf8"), /^!schemas\/\*\*$/m);
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
