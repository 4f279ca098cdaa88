import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** What the extension brings to make an environment of. */
export interface Bundle {
  readonly wheel: string;
  /** Every package that the wheel needs, with its hashes. */
  readonly requirements: string;
  /** Another one for other contents. */
  readonly key: string;
}

const WHEEL = /^treadle-([^-]+)-py3-none-any\.whl$/;

/** Null in an extension that was not packaged by `make vsix`. */
export async function bundleIn(folder: string): Promise<Bundle | null> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const wheels = names.flatMap((name) => {
    const version = WHEEL.exec(name)?.[1];
    return version === undefined ? [] : [{ name, version }];
  });
  const [found] = wheels;
  if (found === undefined || wheels.length > 1 || !names.includes("requirements.lock")) {
    return null;
  }
  const wheel = path.join(folder, found.name);
  const requirements = path.join(folder, "requirements.lock");
  const hash = createHash("sha256");
  for (const file of [wheel, requirements]) {
    hash.update(await readFile(file));
  }
  return { wheel, requirements, key: `${found.version}-${hash.digest("hex").slice(0, 12)}` };
}
