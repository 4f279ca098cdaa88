/** How long something took. */
export function durationOf(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 60) {
    return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds % 60);
  return minutes < 60 ? `${minutes} min ${String(rest).padStart(2, "0")} s` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** How long ago something was, shortly. */
export function agoOf(moment: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - moment) / 1_000));
  if (seconds < 60) {
    return "now";
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ago`;
  }
  const hours = Math.floor(minutes / 60);
  return `${hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`} ago`;
}

/** For the pointer that rests on it. */
export function momentOf(moment: number): string {
  return Number.isFinite(moment) ? new Date(moment).toLocaleString("sv") : "";
}
