/** Whether a daemon that runs is older than the program, which would start the next. */
export function isOutdated(daemon: string | null, program: string | null): boolean {
  const [ours, theirs] = [numbersOf(program), numbersOf(daemon)];
  if (ours === null || theirs === null) {
    return false;
  }
  // Only upwards: two windows with different programs would replace each other's daemon for ever.
  const different = ours.findIndex((number, place) => number !== theirs[place]);
  return different !== -1 && (ours[different] ?? 0) > (theirs[different] ?? 0);
}

function numbersOf(version: string | null): [number, number, number] | null {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return patch === undefined ? null : [Number(major), Number(minor), Number(patch)];
}
