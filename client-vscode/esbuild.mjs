// esbuild.mjs extension | unit | wire | tests : bundles into dist/ (what ships) or out-test/ (what tests).
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const MAX_BYTES = 1024 * 1024;
const shared = { bundle: true, metafile: true, sourcemap: "linked", target: "es2022", logLevel: "warning" };
const forNode = { ...shared, platform: "node", format: "cjs", external: ["vscode", "mocha", "playwright-core"] };

const targets = {
  extension: [
    // Names stay, for the log's sake.
    { ...forNode, entryPoints: ["src/extension.ts"], outdir: "dist", minifySyntax: true, minifyWhitespace: true },
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
      entryPoints: [
        ...["test/window/window.test.ts", "test/window/workflow.test.ts", "test/window/asks.test.ts"],
        ...["test/host/host.test.ts", "test/host/suite.ts", "test/host/inside.ts", "test/host/workflows.ts"],
      ],
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
    const { metafile } = await build(options);
    if (name === "extension") {
      refuseLarge(metafile.outputs);
      copyLicenses(Object.keys(metafile.inputs), options.outdir);
    }
  }
}

/** What a window has to read before it shows anything stays small. */
function refuseLarge(outputs) {
  for (const [file, { bytes }] of Object.entries(outputs)) {
    if (!file.endsWith(".map") && bytes > MAX_BYTES) {
      throw new Error(`${file} has ${bytes} bytes, and ${MAX_BYTES} are the most.`);
    }
  }
}

/** The licenses of the packages in a bundle want to travel with it. */
function copyLicenses(inputs, outdir) {
  const packages = new Set(inputs.flatMap((input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  for (const folder of packages) {
    const license = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (license === undefined) {
      throw new Error(`${folder} has no license file.`);
    }
    copyFileSync(path.join(folder, license), path.join(outdir, `${path.basename(folder)}.License.txt`));
  }
}
