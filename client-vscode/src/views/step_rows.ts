import * as vscode from "vscode";
import { plainLine } from "../sessions/plain_text";
import { type StepNode, type StepState, stepStateOf } from "../sessions/step_list";
import type { SessionNode } from "../sessions/tree";
import { durationOf, stepOf } from "../sessions/words";
import { summaryOf } from "./step_summary";
import { type Themed, themed } from "./themed";

/** The steps of a session that has other sessions below it. */
export interface StepsNode {
  readonly kind: "steps";
  readonly session: SessionNode;
}

const ICONS: Readonly<Record<StepState, Themed>> = {
  ok: ["pass", "testing.iconPassed"],
  error: ["error", "testing.iconFailed"],
  pending: ["circle-outline", "foreground"],
  running: ["sync~spin", "charts.blue"],
  interrupted: ["warning", "list.warningForeground"],
  skipped: ["circle-slash", "disabledForeground"],
};
const WARNING: Themed = ["warning", "list.warningForeground"];
/** A tooltip is no place for a whole prompt. */
const MAX_COMMAND = 1_000;

export function stepsItem({ session: { head } }: StepsNode, isOpen: boolean): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem("Steps", isOpen ? Expanded : Collapsed);
  item.id = `steps:${head.id}`;
  item.description = head.interactionCount.toLocaleString("en");
  item.contextValue = "steps";
  item.iconPath = new vscode.ThemeIcon("list-ordered");
  item.accessibilityInformation = { label: `Steps of session ${head.id}, ${head.interactionCount}` };
  return item;
}

export function stepItem(node: StepNode, now: number): vscode.TreeItem {
  const { interaction, isLast } = node;
  const state = stepStateOf(interaction, now);
  const { command, commandDetail, durationMs, result, status } = summaryOf(interaction, now);
  const word = state === "skipped" ? "skipped" : status;
  const message = plainLine(result?.message ?? "");
  const parts = [...(word === "ok" ? [] : [word]), ...(durationMs === null ? [] : [durationOf(durationMs)]), ...(message === "" ? [] : [message])];
  const item = new vscode.TreeItem(stepOf(interaction));
  item.id = `step:${interaction.id}`;
  item.description = parts.join(" · ");
  item.iconPath = themed(word === "warning" ? WARNING : ICONS[state]);
  item.contextValue = `step.${state}.${interaction.command.command.replaceAll(/\W+/g, "_")}${isLast ? ".last" : ""}`;
  const facts = (result?.facts ?? []).map(({ label, value }) => `${label}: ${value}`);
  item.tooltip = [`${interaction.position}. ${stepOf(interaction)}: ${word}`, (commandDetail ?? command).slice(0, MAX_COMMAND), ...parts.slice(word === "ok" ? 0 : 1), ...facts].join("\n");
  item.accessibilityInformation = { label: [`Step ${interaction.position}`, stepOf(interaction), word, ...parts.filter((part) => part !== word)].join(", ") };
  return item;
}
