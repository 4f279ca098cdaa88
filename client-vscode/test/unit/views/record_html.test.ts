import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { recordHtml } from "../../../src/views/record_html";
import type { RecordPage } from "../../../src/views/record_page";
import { scratchFolder } from "../scratch";

const HOSTILE = "</script><script>alert(1)</script><!-- ]]> \u2028";

async function exported(title: string): Promise<string> {
  const folder = scratchFolder();
  const built = path.join(folder, "webview");
  mkdirSync(built);
  mkdirSync(path.join(folder, "exported"));
  writeFileSync(path.join(built, "exported.js"), 'const end = "</script>";\n//# sourceMappingURL=exported.js.map\n');
  writeFileSync(path.join(built, "timeline.js"), 'const comment = "<!--";\n');
  writeFileSync(path.join(folder, "exported", "exported.css"), "body { color: red }\n/*# sourceMappingURL=exported.css.map */\n");
  const header = { title, asked: null, status: { tone: "ok", text: "complete" }, facts: [], totals: [], runningSince: null, path: [], note: null, actions: [], listener: null } as const;
  const page: RecordPage = { header: { ...header, files: { canOpen: false, paths: [], more: 0 }, facts: [], totals: [], path: [], actions: [] }, steps: [], rows: {}, openStep: null, notice: null };
  return recordHtml(page, built);
}

test("nothing in the record ends the script that holds it", async () => {
  const html = await exported(HOSTILE);
  assert.equal(html.match(/<\/script>/g)?.length, 3);
  assert.ok(!html.includes("<!--") && !html.includes("alert(1)</"));
  const [, record = ""] = /id="record">(.*?)<\/script>/s.exec(html) ?? [];
  assert.equal((JSON.parse(record) as RecordPage).header.title, HOSTILE);
  assert.match(html, /<title>&#60;\/script/);
});

test("only the page's own script and style are let in, by what they are", async () => {
  const html = await exported("A session");
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const scripts = Array.from(html.matchAll(/<script>(.*?)<\/script>/gs), ([, text = ""]) => text);
  const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
  assert.equal(scripts.length, 2);
  const hashes = [...scripts, style].map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  assert.equal(policy, `default-src 'none'; script-src ${hashes[0]} ${hashes[1]}; style-src ${hashes[2]}; font-src data:;`);
  assert.ok(!html.includes("sourceMappingURL"));
});
