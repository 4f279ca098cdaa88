import type * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import type { SessionHead } from "../protocol";
import type { AskList } from "../sessions/ask_list";
import type { NameBook } from "../sessions/names";
import type { RowDocuments } from "./row_documents";

/** What a session's page works with; the roof brings it. */
export interface TimelineSurroundings {
  readonly extensionUri: vscode.Uri;
  readonly daemon: Daemon;
  readonly names: NameBook;
  readonly asks: AskList;
  readonly documents: RowDocuments;
  /** A file of the session's changes, as it was beside as it is. Whether it is one of them. */
  showChange(head: SessionHead, path: string): Promise<boolean>;
  report(error: unknown): void;
}
