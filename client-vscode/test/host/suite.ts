import Mocha from "mocha";
import path from "node:path";

/** What VS Code calls inside the extension host. */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "tdd", color: false, timeout: 90_000, reporter: "spec", bail: true });
  ["inside.js", "workflows.js", "forwarding.js"].forEach((name) => mocha.addFile(path.join(__dirname, name)));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} tests failed`))));
  });
}
