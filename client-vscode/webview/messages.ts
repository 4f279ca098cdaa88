import * as v from "valibot";

/** What the timeline's page and the extension tell each other, and how either side checks it. All of it is plain text to show. */

const text = v.string();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const tone = v.picklist(["running", "waiting", "ok", "warning", "error", "muted"]);
export type Tone = v.InferOutput<typeof tone>;

/** Kinds of events, by which a reader may narrow what is shown. */
export const KINDS = ["message", "tool", "command", "file", "hook", "state", "error"] as const;
const kind = v.picklist(KINDS);
export type Kind = v.InferOutput<typeof kind>;

const icon = v.picklist(["agent", "person", "tool", "file", "terminal", "hook", "state", "error", "edit", "read", "search", "web", "ask", "result"]);
export type RowIcon = v.InferOutput<typeof icon>;

const action = v.picklist(["run", "answer", "terminal", "background", "review"]);
export type Action = v.InferOutput<typeof action>;

const fact = v.object({ label: text, value: text });
export type Fact = v.InferOutput<typeof fact>;

/** One round of a step, as a dot to jump by. */
const round = v.object({ stepId: text, tone, label: text });
const pathStep = v.object({ name: text, detour: v.boolean(), tone: v.nullable(tone), rounds: v.array(round) });
export type PathStep = v.InferOutput<typeof pathStep>;

/** A number that sums the session up. */
const total = v.object({ label: text, value: text, detail: v.nullable(text), action: v.nullable(action) });
export type Total = v.InferOutput<typeof total>;

const header = v.object({
  title: text,
  /** What was wanted of it, where the title does not say all of that. */
  asked: v.nullable(text),
  status: v.object({ tone, text }),
  facts: v.array(fact),
  totals: v.array(total),
  /** Paths in the project that were changed: the first ones, and how many more. */
  files: v.object({ canOpen: v.boolean(), paths: v.array(text), more: count }),
  /** Since when it runs, while it does: the page counts on. */
  runningSince: v.nullable(v.number()),
  path: v.array(pathStep),
  note: v.nullable(text),
  /** What a person can do for it now, the most important first. */
  actions: v.array(action),
  /** The agent that would read a message now; null: none would. */
  listener: v.nullable(text),
});
export type HeaderView = v.InferOutput<typeof header>;

const step = v.object({
  id: text,
  /** It is no step, but what happened between two of them. */
  isInterlude: v.boolean(),
  position: count,
  title: text,
  attempt: count,
  tone,
  status: text,
  /** One line: what is executed. */
  command: text,
  /** What came of it, where that is worth a line. */
  summary: v.nullable(text),
  startedAt: v.number(),
  /** Null: it has not ended. */
  durationMs: v.nullable(v.number()),
  costUsd: v.nullable(v.number()),
  /** Whether its command can still be changed. */
  canEdit: v.boolean(),
});
export type StepView = v.InferOutput<typeof step>;

const diffLine = v.object({ sign: v.picklist([" ", "+", "-", "@"]), text });
export type DiffLine = v.InferOutput<typeof diffLine>;

/** `isCut`: there is more of it, which the row's document shows. */
const cut = { label: v.nullable(text), isCut: v.boolean() };
const block = v.variant("kind", [
  v.object({ kind: v.literal("markdown"), text, ...cut }),
  v.object({ kind: v.literal("code"), text, ...cut }),
  v.object({ kind: v.literal("terminal"), text, ...cut }),
  v.object({ kind: v.literal("diff"), lines: v.array(diffLine), ...cut }),
]);
export type Block = v.InferOutput<typeof block>;

/** A session that the step let run. */
const child = v.object({ sessionId: count, title: text, tone, status: text, text: v.nullable(text) });
export type ChildView = v.InferOutput<typeof child>;

const row = v.object({
  /** Stays the same while the row grows. */
  id: text,
  kind,
  icon,
  /** Milliseconds since the epoch. */
  at: v.number(),
  tone: v.nullable(tone),
  title: text,
  text: v.nullable(text),
  duration: v.nullable(text),
  /** Below how many sub-agents. */
  depth: count,
  agent: v.nullable(text),
  /** Reads on from the row before: one text in several rows. */
  isMore: v.boolean(),
  /** In the project. */
  file: v.nullable(v.object({ path: text, change: v.nullable(text) })),
  shown: v.array(block),
  folded: v.array(block),
  facts: v.array(fact),
  children: v.array(child),
  ask: v.nullable(v.object({ id: count, options: v.array(v.object({ name: text, title: text })) })),
});
export type Row = v.InferOutput<typeof row>;

const section = v.object({
  stepId: text,
  /** All that is held of the step, in order. */
  order: v.array(text),
  /** Those of it that are new, or have changed. */
  rows: v.array(row),
  hasEarlier: v.boolean(),
  hasLater: v.boolean(),
});
export type SectionView = v.InferOutput<typeof section>;

const toPage = v.variant("kind", [
  v.object({
    kind: v.literal("session"),
    header,
    order: v.array(text),
    /** Those that are new, or have changed. */
    steps: v.array(step),
    /** The step that a person most likely came for. */
    openStep: v.nullable(text),
  }),
  v.object({ kind: v.literal("section"), section }),
  /** Open the step, and go there. */
  v.object({ kind: v.literal("goTo"), stepId: text, rowId: v.nullable(text) }),
  v.object({ kind: v.literal("found"), text, isFound: v.boolean() }),
  v.object({ kind: v.literal("notice"), sentence: v.nullable(text) }),
]);
export type ToPage = v.InferOutput<typeof toPage>;

const MAX_SAID = 50_000;
const MAX_SOUGHT = 500;
const id = v.pipe(text, v.maxLength(200));
const fromPage = v.variant("kind", [
  v.strictObject({ kind: v.literal("ready") }),
  /** `held`: where the reader was, as far as that is still there. */
  v.strictObject({ kind: v.literal("open"), stepId: id, from: v.picklist(["start", "end", "held"]) }),
  v.strictObject({ kind: v.literal("close"), stepId: id }),
  v.strictObject({ kind: v.literal("page"), stepId: id, where: v.picklist(["earlier", "later", "first", "latest"]) }),
  /** Whether the reader is at the end of all, and what comes is followed. */
  v.strictObject({ kind: v.literal("follow"), isAtEnd: v.boolean() }),
  v.strictObject({ kind: v.literal("filter"), kinds: v.pipe(v.array(kind), v.maxLength(KINDS.length)) }),
  v.strictObject({ kind: v.literal("find"), text: v.pipe(text, v.maxLength(MAX_SOUGHT)), isForward: v.boolean(), stepId: v.nullable(id), rowId: v.nullable(id) }),
  v.strictObject({ kind: v.literal("nextError"), stepId: v.nullable(id), rowId: v.nullable(id) }),
  v.strictObject({ kind: v.literal("openFile"), path: v.pipe(text, v.maxLength(4_096)), isDiff: v.boolean() }),
  v.strictObject({ kind: v.literal("openRow"), stepId: id, rowId: id }),
  v.strictObject({ kind: v.literal("openSession"), sessionId: count }),
  v.strictObject({ kind: v.literal("openLink"), address: v.pipe(text, v.maxLength(2_000), v.regex(/^https?:\/\//)) }),
  v.strictObject({ kind: v.literal("act"), action }),
  v.strictObject({ kind: v.literal("answer"), askId: count, answer: id }),
  v.strictObject({ kind: v.literal("say"), text: v.pipe(text, v.trim(), v.minLength(1), v.maxLength(MAX_SAID)), isInterrupting: v.boolean() }),
  v.strictObject({ kind: v.literal("edit"), stepId: id }),
  v.strictObject({ kind: v.literal("copy"), stepId: id }),
]);
export type FromPage = v.InferOutput<typeof fromPage>;

/** A message, or why it is none, in a sentence that quotes nothing of it. */
export type Checked<M> = { readonly message: M } | { readonly problem: string };

export function checkedToPage(message: unknown): Checked<ToPage> {
  return checked(v.safeParse(toPage, message, { abortEarly: true }));
}

export function checkedFromPage(message: unknown): Checked<FromPage> {
  return checked(v.safeParse(fromPage, message, { abortEarly: true }));
}

function checked<M>(result: { readonly success: boolean; readonly output: unknown; readonly issues?: readonly v.BaseIssue<unknown>[] | undefined }): Checked<M> {
  if (result.success) {
    return { message: result.output as M };
  }
  const [issue] = result.issues ?? [];
  // A key that nobody knows is the sender's.
  const place = issue?.type === "strict_object" ? "" : (issue?.path?.map(({ key }) => String(key)).join(".") ?? "");
  return { problem: `A message of the timeline does not fit${place === "" ? "" : ` at ${place}`}: ${issue?.expected ?? "something else"} was expected.` };
}
