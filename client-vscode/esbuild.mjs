// esbuild.mjs extension | tests : bundles into dist/ (what ships) or out-test/ (what tests it in the editor).
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const MAX_BYTES = 1024 * 1024;
/** Of the script of a page. */
const MAX_PAGE_BYTES = 300 * 1024;
const shared = { bundle: true, metafile: true, sourcemap: "linked", target: "es2022", logLevel: "warning" };
const forNode = { ...shared, platform: "node", format: "cjs", external: ["vscode", "mocha", "playwright-core"] };

const forPage = {
  ...shared,
  platform: "browser",
  format: "iife",
  minify: true,
  conditions: ["production"],
  define: { "process.env.NODE_ENV": '"production"' },
  assetNames: "[name]",
};

const targets = {
  extension: [
    // Names stay, for the log's sake.
    { ...forNode, entryPoints: ["src/extension.ts"], outdir: "dist", minify: true, keepNames: true },
    {
      ...forPage,
      entryPoints: ["webview/timeline.ts", "webview/timeline.css", "webview/exported.ts"],
      outdir: "dist/webview",
      loader: { ".ttf": "file" },
    },
    { ...forPage, entryPoints: ["webview/exported.css"], outdir: "dist/exported", loader: { ".ttf": "dataurl" } },
  ],
  tests: [
    {
      ...forNode,
      entryPoints: [
        ...sources("test/window", ".test.ts"),
        ...["test/host/host.test.ts", "test/host/suite.ts", "test/host/inside.ts", "test/host/workflows.ts", "test/host/forwarding.ts"],
      ],
      entryNames: "[name]",
      outdir: "out-test/vscode",
    },
  ],
};

function sources(folder, ending) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
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
    const most = file.startsWith("dist/webview/") && file.endsWith(".js") ? MAX_PAGE_BYTES : MAX_BYTES;
    if (!file.endsWith(".map") && bytes > most) {
      throw new Error(`${file} has ${bytes} bytes, and ${most} are the most.`);
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
