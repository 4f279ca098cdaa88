/** What the timeline page and the extension tell each other. Everything in it is plain text to show. */

export type Tone = "running" | "waiting" | "ok" | "warning" | "error" | "muted";

export type RowIcon = "agent" | "person" | "tool" | "file" | "terminal" | "hook" | "state" | "error";

export type Action = "run" | "answer" | "say";

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface PathStep {
  readonly name: string;
  readonly tone: Tone | null;
  readonly detour: boolean;
}

export interface HeaderView {
  readonly title: string;
  readonly status: { readonly tone: Tone; readonly text: string };
  readonly facts: readonly Fact[];
  /** The workflow's steps, and how far each came. */
  readonly path: readonly PathStep[];
  readonly note: string | null;
  /** What a person can do for it now, the most important first. */
  readonly actions: readonly Action[];
}

export interface StepView {
  readonly id: string;
  readonly title: string;
  readonly attempt: number;
  readonly tone: Tone;
  readonly status: string;
  /** One line: what is executed. */
  readonly command: string;
  /** All of it, when one line cannot hold it. */
  readonly commandDetail: string | null;
  readonly startedAt: string;
  readonly duration: string | null;
  readonly result: StepResultView | null;
}

/** A session that the step let run. */
export interface ChildView {
  readonly sessionId: number;
  readonly title: string;
  readonly tone: Tone;
  readonly status: string;
  /** What it cost, and why it ended badly. */
  readonly text: string | null;
}

export interface StepResultView {
  readonly message: string | null;
  readonly facts: readonly Fact[];
  readonly children: readonly ChildView[];
  readonly output: string | null;
}

export interface EventRow {
  readonly id: number;
  readonly at: string;
  readonly icon: RowIcon;
  readonly tone: Tone | null;
  readonly title: string;
  /** Shown at once. */
  readonly text: string | null;
  /** Shown when it is asked for. */
  readonly detail: string | null;
  /** A path in the project that can be opened. */
  readonly file: string | null;
  /** Pieces of one command's output read on as one text. */
  readonly output: { readonly stream: string; readonly text: string } | null;
}

export type ToPage =
  | { readonly kind: "session"; readonly sessionId: number; readonly header: HeaderView; readonly steps: readonly StepView[]; readonly openStep: string | null }
  | { readonly kind: "events"; readonly stepId: string; readonly how: "reset" | "earlier" | "later"; readonly rows: readonly EventRow[]; readonly hasEarlier: boolean }
  | { readonly kind: "notice"; readonly sentence: string | null };

export type FromPage =
  | { readonly kind: "ready" }
  | { readonly kind: "openStep"; readonly stepId: string }
  | { readonly kind: "loadEarlier"; readonly stepId: string }
  | { readonly kind: "openFile"; readonly path: string }
  | { readonly kind: "openSession"; readonly sessionId: number }
  | { readonly kind: "act"; readonly action: Action };
