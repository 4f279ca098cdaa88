// npm run bench: what the sessions view does with ten thousand real sessions of a real daemon. Ratios compare it with a
// hundred; times are for scale only.
import { test } from "vitest";
import { DaemonClient } from "../src/daemon/client";
import { Connection } from "../src/daemon/connection";
import { FilteredSessions } from "../src/sessions/filtered_sessions";
import { NameBook } from "../src/sessions/names";
import { NO_FILTER } from "../src/sessions/session_filter";
import { SessionList } from "../src/sessions/session_list";
import type { Repaint } from "../src/sessions/tree";
import { type Client, RealDaemon } from "../test/wire/real_daemon";

const [FEW, MANY] = [100, 10_000];
const AT_ONCE = 200;
const NOTICES = 30;

interface Figures {
  readonly sessions: number;
  readonly firstRows: number;
  readonly allActive: number;
  readonly notice: number;
  readonly painted: number;
  readonly update: number;
  readonly more: number;
  readonly filter: number;
  readonly heap: number;
}

/** `active`: how many of the newest are left as they were made; the others are cancelled. */
async function fill(client: Client, count: number, active: number): Promise<number[]> {
  const project = await client.newProject();
  const [component] = project.components;
  const ids: number[] = [];
  for (let made = 0; made < count; made += AT_ONCE) {
    const wishes = Array.from({ length: Math.min(AT_ONCE, count - made) }, (_, index) => ({
      type: "component_test",
      componentId: component?.id ?? null,
      projectId: project.project.id,
      title: `Part ${made + index}`,
    }));
    const answers = await Promise.all(wishes.map((wish) => client.ask("session/create", wish)));
    ids.push(...answers.map(({ session }) => session.id));
  }
  const ended = ids.slice(0, count - active);
  for (let from = 0; from < ended.length; from += AT_ONCE) {
    await Promise.all(ended.slice(from, from + AT_ONCE).map((sessionId) => client.ask("session/cancel", { sessionId, reason: "bench" })));
  }
  return ids;
}

async function measure(count: number, active: number): Promise<Figures> {
  await using daemon = await new RealDaemon().start();
  using writer = await daemon.client("writer");
  const ids = await fill(writer, count, active);
  const before = heap();
  const began = performance.now();
  const window = open(daemon);
  await once(window.filtered, (repaint) => repaint === "all");
  const firstRows = performance.now() - began;
  await window.sessions.reload();
  const allActive = performance.now() - began - firstRows;
  const { notice, painted, update } = await follow(window, writer, ids.at(-1) ?? 0);
  const startOfMore = performance.now();
  while (window.sessions.hasMore) {
    await window.sessions.loadMore(window.sessions.byId.size);
  }
  const more = performance.now() - startOfMore;
  const startOfFilter = performance.now();
  await window.filtered.setFilter({ ...NO_FILTER, text: "part 77" });
  const filter = performance.now() - startOfFilter;
  const used = heap() - before;
  window.dispose();
  return { sessions: count, firstRows, allActive, notice, painted, update, more, filter, heap: used };
}

function open(daemon: RealDaemon) {
  const identity = { clientId: "window", clientName: "vscode", workspaceFolders: [] };
  const client = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, null);
    return { connection, address: daemon.address, projects: [], projectProblem: null };
  });
  const sessions = new SessionList(client);
  const names = new NameBook(client);
  const kept = new Map<string, unknown>();
  const memory = { get: (key: string) => kept.get(key), update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)) };
  const filtered = new FilteredSessions(sessions, names, memory);
  client.start();
  return { client, sessions, filtered, dispose: () => [filtered, names, sessions, client].forEach((each) => each.dispose()) };
}

/** From a change by another client to the row that is painted; and the work on the tree alone. */
async function follow({ sessions, filtered }: ReturnType<typeof open>, writer: Client, sessionId: number) {
  let painted = 0;
  const begin = performance.now();
  for (let count = 0; count < NOTICES; count += 1) {
    const next = once(filtered, (repaint) => repaint !== "all");
    await writer.ask("session/update", { sessionId, title: `Title ${count}` });
    const repaint = await next;
    painted += repaint === "all" ? sessions.byId.size : repaint.size;
  }
  const notice = (performance.now() - begin) / NOTICES;
  const start = performance.now();
  for (let count = 0; count < 1_000; count += 1) {
    filtered.tree.update(sessions.byId, new Set([sessionId]), Date.now());
  }
  return { notice, painted: painted / NOTICES, update: performance.now() - start };
}

function once(filtered: FilteredSessions, suits: (repaint: Repaint) => boolean): Promise<Repaint> {
  return new Promise((resolve) => {
    const listening = filtered.repaints.listen((repaint) => {
      if (suits(repaint) && filtered.tree.groups.length > 0) {
        listening.dispose();
        resolve(repaint);
      }
    });
  });
}

function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

function show(name: string, few: Figures, many: Figures): void {
  const row = (what: string, of: (figures: Figures) => number, unit: string): string =>
    `  ${what.padEnd(44)} ${of(few).toFixed(1).padStart(9)} ${of(many).toFixed(1).padStart(9)} ${unit.padEnd(4)} ${(of(many) / of(few)).toFixed(1).padStart(7)}×`;
  console.log(`\n${name}\n  ${"".padEnd(44)} ${String(few.sessions).padStart(9)} ${String(many.sessions).padStart(9)}`);
  console.log(row("connected and first rows", (each) => each.firstRows, "ms"));
  console.log(row("all that are active", (each) => each.allActive, "ms"));
  console.log(row("a change elsewhere until its row is painted", (each) => each.notice, "ms"));
  console.log(row("rows painted for it", (each) => each.painted, ""));
  console.log(row("work on the tree for it", (each) => each.update, "µs"));
  console.log(row("all others, page by page", (each) => each.more, "ms"));
  console.log(row("a filter over all", (each) => each.filter, "ms"));
  console.log(row("memory", (each) => each.heap / 1_000_000, "MB"));
}

test("nearly all are finished", async () => {
  show("Nearly all finished", await measure(FEW, 10), await measure(MANY, 50));
});

test("all are active", async () => {
  show("All active", await measure(FEW, FEW), await measure(MANY, MANY));
});
