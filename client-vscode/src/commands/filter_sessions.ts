import * as vscode from "vscode";
import { NO_FILTER, type SessionFilter, type Standing, STANDINGS } from "../sessions/session_filter";
import type { Surroundings } from "./surroundings";

interface Choice extends vscode.QuickPickItem {
  readonly standing?: Standing;
  readonly type?: string;
}

/** One box: words to be typed, and states and types to be ticked. */
export async function filterSessions({ filtered, names }: Surroundings): Promise<void> {
  const filter = await ask(choicesOf(names.types), filtered.filter);
  if (filter !== undefined) {
    await whileSearching(filtered.setFilter(filter));
  }
}

export async function clearFilter({ filtered }: Surroundings): Promise<void> {
  await filtered.setFilter(NO_FILTER);
}

function choicesOf(types: ReadonlyMap<string, string>): Choice[] {
  const standings = Object.entries(STANDINGS) as [Standing, string][];
  return [
    { label: "State", kind: vscode.QuickPickItemKind.Separator },
    ...standings.map(([standing, label]) => ({ label, standing, alwaysShow: true })),
    { label: "Type", kind: vscode.QuickPickItemKind.Separator },
    ...[...types].map(([type, label]) => ({ label, description: type === label ? "" : type, type, alwaysShow: true })),
  ];
}

/** Undefined: the person left it as it was. */
function ask(choices: Choice[], filter: SessionFilter): Promise<SessionFilter | undefined> {
  const box = vscode.window.createQuickPick<Choice>();
  box.title = "Filter Sessions";
  box.placeholder = "Words of title, type, component or number; Enter to filter";
  box.canSelectMany = true;
  box.items = choices;
  box.value = filter.text;
  box.selectedItems = choices.filter(
    ({ standing, type }) => (standing !== undefined && filter.standings.includes(standing)) || (type !== undefined && filter.types.includes(type)),
  );
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      const { selectedItems, value } = box;
      resolve({
        text: value.trim(),
        standings: selectedItems.flatMap(({ standing }) => standing ?? []),
        types: selectedItems.flatMap(({ type }) => type ?? []),
      });
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}

function whileSearching(searching: Promise<void>): Thenable<void> {
  return vscode.window.withProgress({ location: { viewId: "treadle.sessions" } }, () => searching);
}
