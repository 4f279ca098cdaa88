import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** A word of its own or the end of a path, and later `run`: by whatever Python it was started. */
const TREADLE_RUN = /(^|[\s/])treadle\s(.*\s)?run(\s|$)/s;

/** Whether a program runs in the shell of a terminal, or is itself what runs there. False when the system does not tell. */
export async function isShellBusy(shell: number): Promise<boolean> {
  if (await isTreadleRun(shell)) {
    return true;
  }
  const groups = await groupsOf(shell);
  return groups !== null && groups.foreground > 0 && groups.foreground !== groups.own;
}

/** A number of a process may be another's by now: what is not `treadle run` is none of ours. */
export async function isTreadleRun(pid: number): Promise<boolean> {
  return TREADLE_RUN.test(await commandLineOf(pid));
}

/** Asks a run on this computer to end in order: its step is broken off, and waits. Whether there was one. */
export async function endTreadleRun(pid: number): Promise<boolean> {
  if (!(await isTreadleRun(pid))) {
    return false;
  }
  try {
    return process.kill(pid, "SIGTERM");
  } catch {
    return false; // it ended meanwhile, or is another user's
  }
}

async function commandLineOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
  } catch {
    return (await ps(pid, "args=")) ?? "";
  }
}

/** The process group of a shell, and the one that has its terminal. */
async function groupsOf(pid: number): Promise<{ own: number; foreground: number } | null> {
  const words = ((await statOf(pid)) ?? (await ps(pid, "pgid=,tpgid=")) ?? "").trim().split(/\s+/);
  const [own = Number.NaN, foreground = Number.NaN] = words.map(Number);
  return Number.isNaN(own) || Number.isNaN(foreground) ? null : { own, foreground };
}

async function statOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // After the name, which may hold anything: state, parent, group, session, terminal, foreground group.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${fields[2] ?? ""} ${fields[5] ?? ""}`;
  } catch {
    return null;
  }
}

function ps(pid: number, columns: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile("ps", ["-o", columns, "-p", String(pid)], (error, stdout) => resolve(error === null ? stdout : null));
  });
}
