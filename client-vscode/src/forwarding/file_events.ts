import { lstat } from "node:fs/promises";
import path from "node:path";
import type { EventType, JsonValue } from "../protocol";
import type { EventDraft } from "./event_draft";
import type { ChangeKind, FileChange } from "./file_changes";
import type { IgnoredFiles } from "./ignored_files";
import { uidOf } from "./uids";
import type { Place } from "./worked_sessions";

export interface ProjectFiles {
  /** Absolute, without symbolic links. */
  readonly root: string;
  readonly ignored: IgnoredFiles;
  /** Whose it is what happened then. */
  readonly placesAt: (time: number) => readonly Place[];
}

export interface SessionDraft {
  readonly sessionId: number;
  readonly draft: EventDraft;
}

/** More changes at once than a person makes: a switch of branches, a generator. */
const MAX_SINGLE = 100;
/** The editor hears of a file that is gone a little later. */
const HEARD_LATER_MS = 1_000;

const EVENT_TYPES: Readonly<Record<ChangeKind, EventType>> = { created: "file_created", modified: "file_modified", deleted: "file_deleted" };

interface Found {
  readonly path: string;
  readonly kind: ChangeKind;
  readonly change: FileChange;
  readonly time: number;
  readonly uid: string;
}

/**
 * What the changes are to the record. While somebody carries out a step, they tell of files themselves; of what a person
 * saves meanwhile nobody else knows whose it is.
 */
export async function eventsOfFiles({ root, ignored, placesAt }: ProjectFiles, changes: readonly FileChange[]): Promise<SessionDraft[]> {
  const all = (await Promise.all(changes.map((change) => look(change, root)))).filter((each) => each !== null);
  const gone = new Set(all.filter(({ kind }) => kind === "deleted").map((each) => each.path));
  const kept = new Set(await ignored.kept(all.map((each) => each.path), gone));
  const found = all.filter((each) => kept.has(each.path));
  const drafts: SessionDraft[] = [];
  const counted = new Map<number, Found[]>();
  for (const each of found) {
    for (const { sessionId, interactionId, isHeld } of placesAt(each.time)) {
      if (each.change.isSaved) {
        drafts.push({ sessionId, draft: one(each, root, interactionId) });
      } else if (!isHeld) {
        counted.set(sessionId, [...(counted.get(sessionId) ?? []), each]);
      }
    }
  }
  return [...drafts, ...[...counted].flatMap(([sessionId, many]) => together(many, root).map((draft) => ({ sessionId, draft })))];
}

/** With slashes; null when it lies outside. */
export function relativePath(root: string, file: string): string | null {
  const relative = path.relative(root, file);
  const isInside = relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return isInside ? relative.split(path.sep).join("/") : null;
}

/** What has become of it; null: nothing that the record needs. */
async function look(change: FileChange, root: string): Promise<Found | null> {
  const name = relativePath(root, change.file);
  if (name === null) {
    return null;
  }
  const now = await statusOf(change.file);
  if (now === null) {
    if (change.kind === "created") {
      return null;
    }
    // Of the file nothing is left to know it by; the nearest folder changed when it went.
    const since = await changeOfNearest(path.dirname(change.file), root);
    return { path: name, kind: "deleted", change, time: change.at - HEARD_LATER_MS, uid: uidOf(since.milliseconds, name, "deleted", since.exact) };
  }
  if (now.isFolder) {
    return null;
  }
  const kind = change.kind === "deleted" ? "modified" : change.kind;
  return { path: name, kind, change, time: now.milliseconds, uid: uidOf(now.milliseconds, name, now.exact) };
}

interface Status {
  readonly milliseconds: number;
  readonly exact: string;
  readonly isFolder: boolean;
}

/** Its status changes with its content, and when it takes another file's place. */
async function statusOf(file: string): Promise<Status | null> {
  try {
    const status = await lstat(file, { bigint: true });
    return { milliseconds: Number(status.ctimeMs), exact: String(status.ctimeNs), isFolder: status.isDirectory() };
  } catch {
    return null;
  }
}

async function changeOfNearest(folder: string, root: string): Promise<Status> {
  const status = await statusOf(folder);
  if (status !== null || folder === root || path.dirname(folder) === folder) {
    return status ?? { milliseconds: 0, exact: "", isFolder: true };
  }
  return changeOfNearest(path.dirname(folder), root);
}

function one({ path: name, kind, change, uid }: Found, root: string, interactionId: string | null): EventDraft {
  const { isSaved, renamedFrom, renamedTo } = change;
  const from = renamedFrom === null ? null : relativePath(root, renamedFrom);
  const to = renamedTo === null ? null : relativePath(root, renamedTo);
  const data: Record<string, JsonValue> = {
    path: name,
    ...(isSaved ? { saved: true } : {}),
    ...(from === null ? {} : { renamed_from: from }),
    ...(to === null ? {} : { renamed_to: to }),
  };
  return { uid, eventType: EVENT_TYPES[kind], source: "watcher", data, interactionId };
}

/** As the runner's own watcher counts very many. */
function together(many: readonly Found[], root: string): EventDraft[] {
  if (many.length <= MAX_SINGLE) {
    return many.map((each) => one(each, root, null));
  }
  const kinds = (["created", "modified", "deleted"] as const).map((kind) => ({ kind, count: many.filter((each) => each.kind === kind).length })).filter(({ count }) => count > 0);
  const [most] = [...kinds].sort((first, second) => second.count - first.count);
  const counts = Object.fromEntries(kinds.map(({ kind, count }) => [kind, count]));
  const data = { more_files: many.length, folder: commonFolder(many.map((each) => each.path)), ...counts };
  const newest = many.reduce((latest, { time }) => Math.max(latest, time), 0);
  const uid = uidOf(newest, ...many.map((each) => each.uid).sort());
  return [{ uid, eventType: EVENT_TYPES[most?.kind ?? "modified"], source: "watcher", data, interactionId: null }];
}

function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((each) => each.split("/").slice(0, -1));
  const [first = []] = folders;
  const length = first.findIndex((name, index) => folders.some((folder) => folder[index] !== name));
  return (length < 0 ? first : first.slice(0, length)).join("/") || ".";
}
