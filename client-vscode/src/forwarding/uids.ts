import { createHash } from "node:crypto";

/**
 * A UUID of version 7 that follows from what happened and when: two windows that see the same make the same, and in the
 * daemon's index later events lie behind earlier ones.
 */
export function uidOf(milliseconds: number, ...what: readonly string[]): string {
  const time = Math.max(0, Math.floor(milliseconds)).toString(16).padStart(12, "0").slice(-12);
  const hash = createHash("sha256").update(what.join("\0")).digest("hex");
  const variant = (0x8 | (parseInt(hash.slice(3, 4), 16) & 0x3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}
