import * as vscode from "vscode";

/** The name of an icon of the editor, and of a colour of its theme. */
export type Themed = readonly [icon: string, color: string];

export function themed([icon, color]: Themed): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}
