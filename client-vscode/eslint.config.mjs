import javascript from "@eslint/js";
import imports from "eslint-plugin-import-x";
import typescript from "typescript-eslint";

const DOWN = "Imports go down only: extension > daemon_wiring > program_finder | project_choice | runs > settings > commands | views | executors | forwarding | installation | language > sessions > daemon > protocol.";
const ROOF = ["extension", "daemon_wiring", "program_finder", "project_choice", "settings", "runs"];
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
      parserOptions: { project: ["./tsconfig.json", "./webview/tsconfig.json", "./test/window/tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "import-x": imports },
    settings: { "import-x/extensions": [".ts"], "import-x/parsers": { "@typescript-eslint/parser": [".ts"] }, "import-x/resolver": { node: { extensions: [".ts"] } } },
    rules: {
      "import-x/no-cycle": "error",
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      // What an interface hands over and nobody needs.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
    },
  },
  // Cycles are found by test/unit/architecture.test.ts.
  floor(["src/daemon/**"], ["installation", "sessions", "executors", "forwarding", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/sessions/**"], ["installation", "executors", "forwarding", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/executors/**"], ["installation", "forwarding", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/forwarding/**"], ["installation", "executors", "language", "views", "commands", "webview"]),
  floor(["src/installation/**"], ["executors", "forwarding", "language", "views", "commands", "webview"], { editor: false }),
  floor(["src/language/**"], ["installation", "executors", "forwarding", "views", "commands", "webview"]),
  floor(["src/views/**"], ["installation", "executors", "forwarding", "language", "commands"]),
  floor(["src/commands/**"], ["installation", "executors", "forwarding", "language", "views", "webview"]),
  floor(["webview/**"], ["installation", "src", "protocol", "daemon", "sessions", "executors", "forwarding", "language", "views", "commands"], { editor: false }),
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
