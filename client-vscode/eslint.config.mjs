import javascript from "@eslint/js";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import typescript from "typescript-eslint";

const ROOF = ["extension.ts", "settings.ts", "background_runs.ts"];

const up = (target, ...from) => ({
  target: `./src/${target}`,
  from: from.map((name) => `./src/${name}`),
  message: "Imports go down only: extension > commands | views | executors > sessions > daemon > protocol.",
});

export default typescript.config(
  { ignores: ["dist/", "out-test/", "node_modules/", "src/protocol.ts"] },
  javascript.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: {
      parserOptions: { project: ["./tsconfig.json", "./webview/tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts"] })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    rules: {
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            up("protocol.ts", "daemon", "sessions", "executors", "views", "commands", ...ROOF),
            up("daemon", "sessions", "executors", "views", "commands", ...ROOF),
            up("sessions", "executors", "views", "commands", ...ROOF),
            up("executors", "views", "commands", ...ROOF),
            up("views", "executors", "commands", ...ROOF),
            up("commands", "executors", "views", ...ROOF),
            {
              target: "./webview",
              from: "./src",
              message: "A page knows only its message types.",
            },
            {
              target: "./src",
              from: "./webview",
              except: ["./messages.ts"],
              message: "The extension knows only the message types of a page.",
            },
          ],
        },
      ],
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
    },
  },
  {
    files: ["src/protocol.ts", "src/daemon/**", "src/sessions/**", "webview/**"],
    rules: {
      "no-restricted-imports": ["error", { paths: [{ name: "vscode", message: "This floor does not know the editor." }] }],
    },
  },
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
