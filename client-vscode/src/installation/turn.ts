import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 250;
const BEAT_MS = 5_000;
/** Whoever is silent for so long is gone, on whatever machine it was. */
const STALE_MS = 60_000;

/**
 * One window after the other. A holder that was killed leaves its file, which the next takes away. Should two take it away
 * at once, the work is done twice and harms nothing: what it makes is put in its place as a whole.
 */
export async function inTurn<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  while (!(await isTaken(file))) {
    await pause(LOOK_MS, undefined, { signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

async function isTaken(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(JSON.stringify({ host: hostname(), pid: process.pid }));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
    if (await isStale(file)) {
      await putAway(file);
    }
    return false;
  }
}

async function putAway(file: string): Promise<void> {
  const away = `${file}.${crypto.randomUUID()}`;
  try {
    await rename(file, away);
    await rm(away, { force: true });
  } catch {
    // Another was quicker.
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > STALE_MS) {
      return true;
    }
    const { host, pid } = JSON.parse(await readFile(file, "utf8")) as { host?: unknown; pid?: unknown };
    return host === hostname() && typeof pid === "number" && !isAlive(pid);
  } catch {
    // Gone, or not written yet.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
