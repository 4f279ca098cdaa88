import type { Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";
import type { AskView } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import type { NameBook } from "../sessions/names";
import type { SessionList } from "../sessions/session_list";

/** What commands work with; the roof brings it. */
export interface Surroundings {
  readonly daemon: Daemon;
  readonly sessions: SessionList;
  readonly names: NameBook;
  readonly asks: AskList;
  /** The folder's project as it is now; refused with a sentence when there is none. */
  openProject(): Promise<OpenedProject>;
  runInBackground(sessionId: number): Promise<void>;
  showTimeline(sessionId: number): void;
  /** What is asked, exactly, in an editor. */
  showAsk(ask: AskView): Promise<void>;
  /** A window that only looks on starts no daemon; a person's command does. Refused in a folder that is not trusted. */
  needDaemon(): void;
  showLog(): void;
}
