// esbuild.mjs extension | unit | wire | tests : bundles into dist/ (what ships) or out-test/ (what tests).
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const shared = { bundle: true, sourcemap: "linked", target: "es2022", logLevel: "warning" };
const forNode = { ...shared, platform: "node", format: "cjs", external: ["vscode", "mocha", "playwright-core"] };

const targets = {
  extension: [
    { ...forNode, entryPoints: ["src/extension.ts"], outdir: "dist", minifySyntax: true },
    {
      ...shared,
      platform: "browser",
      format: "iife",
      entryPoints: ["webview/timeline.ts", "webview/timeline.css"],
      outdir: "dist/webview",
    },
  ],
  unit: [{ ...forNode, entryPoints: sources("test/unit"), outdir: "out-test/unit" }],
  wire: [{ ...forNode, entryPoints: sources("test/wire"), outdir: "out-test/wire" }],
  tests: [
    {
      ...forNode,
      entryPoints: ["test/window/window.test.ts", "test/host/host.test.ts", "test/host/suite.ts", "test/host/inside.ts"],
      entryNames: "[name]",
      outdir: "out-test/vscode",
    },
  ],
};

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`);
}

for (const name of process.argv.slice(2)) {
  for (const options of targets[name]) {
    rmSync(options.outdir, { recursive: true, force: true });
    await build(options);
  }
  if (name === "extension") {
    // Its license wants to travel with the bundle.
    copyFileSync("node_modules/vscode-jsonrpc/License.txt", "dist/vscode-jsonrpc.License.txt");
  }
}
