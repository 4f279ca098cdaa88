import assert from "node:assert/strict";
import { test } from "vitest";
import { markdown } from "../../../webview/markdown_view";
import { drawn } from "./drawn";

const shown = (text: string): string => drawn(markdown(text, () => undefined)).replaceAll(" @click=", "");

test("what a message marks is drawn as that", () => {
  assert.equal(shown("**a** _b_ ~~c~~ `d`"), "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>");
  assert.equal(shown("- a\n- b"), "<ul><li>a</li><li>b</li></ul>");
  assert.equal(shown("```py\nx = 1\n```"), "<pre>x = 1\n</pre>");
  assert.equal(shown("| a |\n|---|\n| b |"), "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>");
  assert.equal(shown("# Title"), '<p class="heading">Title</p>');
});

test("markup in a message is text", () => {
  assert.equal(shown("<b onclick=x>a</b>"), "<p>‹b onclick=x›a‹/b›</p>");
  assert.doesNotMatch(shown("<script>x</script>\n\n<img src=x onerror=y>\n\n![p](https://evil.example/p.png)"), /<(script|img)/);
});

test("only addresses of the web are links, and the page follows none itself", () => {
  assert.match(shown("[a](https://example.org)"), /^<p><button type="button" class="link" title=https:\/\/example\.org>a<\/button><\/p>$/);
  for (const address of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "command:workbench.action.quit", "//example.org", "/a"]) {
    assert.doesNotMatch(shown(`[a](${address})`), /<(button|a) /, address);
  }
});

test("what is broken, or goes very deep, is drawn still, and soon", () => {
  const many = 6_000;
  for (const text of [`${">".repeat(500)} deep`, `${"- ".repeat(300)}deep`, "[".repeat(many), "*a ".repeat(many / 3), "[a](".repeat(many / 4), "`a``b```".repeat(many / 8), `${"|a".repeat(many / 2)}\n${"|-".repeat(many / 2)}`, "**unclosed _marks `and code"]) {
    const began = performance.now();
    const html = shown(text);
    assert.ok(performance.now() - began < 2_000, text.slice(0, 20));
    assert.ok((html.match(/<blockquote>|<ul>/g) ?? []).length <= 7, text.slice(0, 20));
  }
  assert.match(shown(`${"> ".repeat(50)}deep`), /deep/);
});
