import type { ClaimView } from "../protocol";

const RUN = /^treadle run, process (\d+) on (.+)$/s;
const MAX_HOST = 60;

/** The process that executes a step, if it is a `treadle run` of this computer: its claim names it so. */
export function runProcessOf(claim: ClaimView | null, host: string): number | null {
  const [, pid, name] = RUN.exec(claim?.clientName ?? "") ?? [];
  return pid !== undefined && name === host.slice(0, MAX_HOST) ? Number(pid) : null;
}
