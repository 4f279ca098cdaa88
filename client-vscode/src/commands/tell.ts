import * as vscode from "vscode";

/** What a person may want to know and need not do anything about. */
export function tell(sentence: string): void {
  void vscode.window.showInformationMessage(sentence);
}
