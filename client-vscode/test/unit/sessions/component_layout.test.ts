import assert from "node:assert/strict";
import { test } from "vitest";
import { pathsOf } from "../../../src/sessions/component_layout";

const PYTHON = { language: "python", folders: { code: "src", tests: "tests", design: "docs/design" } };
const module = (name: string, context: Parameters<typeof pathsOf>[0]["context"] = null) => ({ name, kind: "module", context });

test("a Python module has its places by the project's folders", () => {
  assert.deepEqual(pathsOf(module("Shop.LineItem"), PYTHON), { design: "docs/design/line_item.md", code: "src/line_item.py", tests: "tests/test_line_item.py" });
});

test("in JavaScript's world words are divided by hyphens", () => {
  const settings = { test_tool: "vitest", folders: { code: "lib", tests: "lib" } };
  assert.deepEqual(pathsOf(module("HTTPClient2"), settings), { design: "docs/design/http-client2.md", code: "lib/http-client2.ts", tests: "lib/http-client2.test.ts" });
  assert.equal(pathsOf(module("A"), { language: "javascript" }).code, "src/a.js");
});

test("a part stands below its context", () => {
  const context = { name: "Shop", paths: { design: "docs/design/shop.md", code: "src/shop", tests: "tests/shop" } };
  assert.deepEqual(pathsOf(module("Cart", context), PYTHON), { design: "docs/design/shop/cart.md", code: "src/shop/cart.py", tests: "tests/shop/test_cart.py" });
  assert.equal(pathsOf(module("Cart", { name: "WebShop", paths: {} }), PYTHON).code, "src/web_shop/cart.py");
});

test("a context has folders", () => {
  assert.deepEqual(pathsOf({ name: "Shop", kind: "context", context: null }, PYTHON), { design: "docs/design/shop.md", code: "src/shop", tests: "tests/shop" });
});

test("without a known language only the design has a place", () => {
  assert.deepEqual(pathsOf(module("„ß“"), {}), { design: "docs/design/component.md" });
  assert.deepEqual(pathsOf(module("Cart"), { language: "cobol", folders: null }), { design: "docs/design/cart.md" });
});

test("a folder of the root adds nothing", () => {
  assert.equal(pathsOf(module("Cart"), { language: "python", folders: { code: "." } }).code, "cart.py");
});
