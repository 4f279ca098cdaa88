import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { escaped } from "./html_text";
import type { RecordPage } from "./record_page";

/**
 * One file with a session's timeline in it, for any browser: the page of the editor, with what the extension would tell it
 * in the file. It loads nothing, and runs nothing but the page's own script.
 *
 * @param built the folder of the page's script and style
 */
export async function recordHtml(page: RecordPage, built: string): Promise<string> {
  const [answerer, timeline, style] = await Promise.all(["exported.js", "timeline.js", "../exported/exported.css"].map(async (name) => inlined(await readFile(path.join(built, name), "utf8"))));
  const [first = "", second = "", look = ""] = [answerer, timeline, style];
  const policy = `default-src 'none'; script-src ${hashOf(first)} ${hashOf(second)}; style-src ${hashOf(look)}; font-src data:;`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.header.title)}</title>
<style>${look}</style>
</head>
<body>
<script type="application/json" id="record">${JSON.stringify(page).replaceAll("<", "\\u003c")}</script>
<script>${first}</script>
<script>${second}</script>
</body>
</html>
`;
}

/** What would end a script, or begin a comment in it, cannot stand in it as it is. */
function inlined(text: string): string {
  return text.replaceAll(/\n?\/[/*][#@] sourceMappingURL=[^\n]*/g, "").replaceAll(/<(\/script|!--)/gi, "<\\$1");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
