import javascript from "@eslint/js";
import typescript from "typescript-eslint";

const DOWN = "Imports go down only: extension > commands | views | executors | language > sessions > daemon > protocol.";
const ROOF = ["extension", "settings", "background_runs"];
const NO_EDITOR = { name: "vscode", message: "This floor does not know the editor." };

/** What the files of a floor may not import: floors beside and above it, by relative path. */
function floor(files, forbidden, { editor = true } = {}) {
  const regex = `^(\\.\\./)+(src/)?(${[...forbidden, ...ROOF].join("|")})(/|$)`;
  const patterns = [{ regex, message: DOWN }];
  return { files, rules: { "no-restricted-imports": ["error", { patterns, paths: editor ? [] : [NO_EDITOR] }] } };
}

export default typescript.config(
  { ignores: ["dist/", "out-test/", "node_modules/", "src/protocol.ts"] },
  javascript.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ["./tsconfig.json", "./webview/tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
    },
  },
  // Cycles are found by test/unit/architecture.test.ts.
  floor(["src/daemon/**"], ["sessions", "executors", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/sessions/**"], ["executors", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/executors/**"], ["language", "views", "commands", "webview"], { editor: false }),
  floor(["src/language/**"], ["executors", "views", "commands", "webview"]),
  floor(["src/views/**"], ["executors", "language", "commands"]),
  floor(["src/commands/**"], ["executors", "language", "views", "webview"]),
  floor(["webview/**"], ["src", "protocol", "daemon", "sessions", "executors", "language", "views", "commands"], { editor: false }),
  {
    files: ["test/**"],
    rules: {
      "max-lines-per-function": "off",
      // node:test's own functions answer promises that the runner awaits.
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [{ from: "package", name: ["test", "describe", "it", "suite"], package: "node:test" }] }],
    },
  },
  { files: ["*.mjs", "test/**/*.mjs"], languageOptions: { globals: { process: "readonly", console: "readonly" } } },
);
