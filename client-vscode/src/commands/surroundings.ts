import type { Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";
import type { AskView, InteractionView, SessionHead } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import type { FilteredSessions } from "../sessions/filtered_sessions";
import type { LastUsed } from "../sessions/last_used";
import type { NameBook } from "../sessions/names";
import type { SessionList } from "../sessions/session_list";

/** Which of several projects a command may mean. */
export interface ProjectHint {
  /** The session's. */
  readonly projectId?: number | null;
  /** A file in it. */
  readonly file?: string;
}

/** What commands work with; the roof brings it. */
export interface Surroundings {
  readonly daemon: Daemon;
  readonly sessions: SessionList;
  /** Those of them that the view shows. */
  readonly filtered: FilteredSessions;
  readonly names: NameBook;
  readonly asks: AskList;
  readonly lastUsed: LastUsed;
  /** The trusted folder that is meant, also where there is no project yet; cancelled by who chooses none. */
  pickFolder(meant: unknown): Promise<string>;
  /** A short `treadle` command. */
  runTreadle(words: readonly string[]): Promise<string>;
  /** The project that is meant, as it is now; refused with a sentence when there is none, cancelled by who chooses none. */
  openProject(hint?: ProjectHint): Promise<OpenedProject>;
  /** In the background or in a terminal, as its mode is. */
  run(head: SessionHead): Promise<void>;
  /** This step and no other, as the session's mode is; nothing when it does not wait there any more. */
  runStep(head: SessionHead, stepId: string): Promise<void>;
  /** As its mode is, and without a question before each step. */
  play(head: SessionHead): Promise<void>;
  /** `takesOver`: also from a terminal in which a person works. */
  runInBackground(sessionId: number, options?: { takesOver: boolean }): Promise<void>;
  /** Also when it runs in the background now. */
  runInTerminal(head: SessionHead): Promise<void>;
  /** Asks the process of a run to end in order. Whether there is such a one. */
  endRun(process: number): Promise<boolean>;
  /** Whether something goes on in the session's terminal of this window, which is then shown. */
  showTerminal(head: SessionHead): Promise<boolean>;
  closeTerminal(sessionId: number): void;
  /** At one of its steps, if that is named. */
  showTimeline(sessionId: number, stepId?: string): void;
  /** What a row of the view that stands for more rows stands for. */
  showMore(row: unknown): Promise<void>;
  /** Selects its row, where the view is to be seen. */
  reveal(sessionId: number): Promise<void>;
  /** What the step executes, in an editor in which saving changes it. Whether there is something to change. */
  editStep(step: InteractionView): Promise<boolean>;
  /** The files that a session has changed, for the editor's own diff: name, before, after. */
  changesOf(head: SessionHead): Promise<readonly unknown[]>;
  /** A session as something to give to others. */
  readonly exports: { asMarkdown(sessionId: number): Promise<string>; asHtml(sessionId: number): Promise<string> };
  /** What is asked, exactly, in an editor. */
  showAsk(ask: AskView): Promise<void>;
  /** A window that only looks on starts no daemon; a person's command does. */
  needDaemon(): void;
  /** The daemon finishes what it writes and ends; the next one starts. */
  restartDaemon(): Promise<void>;
  showLog(): void;
  report(error: unknown): void;
}
