import * as vscode from "vscode";
import type { StepNode } from "../sessions/step_list";
import type { GroupNode, SessionNode } from "../sessions/tree";
import type { StepsNode } from "./step_rows";

export type Place = GroupNode | SessionNode | StepsNode;

/** A row that brings more rows of its place; null: of the whole view. */
export interface MoreNode {
  readonly kind: "more";
  readonly place: Place | null;
  readonly label: string;
  readonly about: string;
}

const AT_FIRST = 100;

/** How many rows of a place are shown. Twice as many each time, so that to see all costs no more than to see them twice. */
export class ShownRows {
  private readonly limits = new WeakMap<Place, number>();

  limitOf(place: Place): number {
    return this.limits.get(place) ?? AT_FIRST;
  }

  grow(place: Place): void {
    this.limits.set(place, this.limitOf(place) * 2);
  }

  /** Whether more are shown now, so that the row at this index is among them. */
  reach(place: Place, index: number): boolean {
    const before = this.limitOf(place);
    while (index >= this.limitOf(place)) {
      this.grow(place);
    }
    return this.limitOf(place) > before;
  }

  newest(place: Place, rows: readonly SessionNode[]): (SessionNode | MoreNode)[] {
    const limit = this.limitOf(place);
    const more = rows.length - limit;
    return more <= 0 ? [...rows] : [...rows.slice(0, limit), { kind: "more", place, label: "Show more…", about: `${more.toLocaleString("en")} more` }];
  }

  /** In their order, the last ones. */
  latest(place: Place, rows: readonly StepNode[]): (StepNode | MoreNode)[] {
    const limit = this.limitOf(place);
    const more = rows.length - limit;
    const earlier: MoreNode = { kind: "more", place, label: "Load earlier steps…", about: `${more.toLocaleString("en")} more` };
    return more <= 0 ? [...rows] : [earlier, ...rows.slice(-limit)];
  }
}

export function moreItem(node: MoreNode): vscode.TreeItem {
  const { place, label, about } = node;
  const item = new vscode.TreeItem(label);
  item.id = `more:${place === null ? "" : idOf(place)}`;
  item.description = about;
  item.iconPath = new vscode.ThemeIcon("ellipsis");
  item.contextValue = "more";
  item.accessibilityInformation = { label: `${label} ${about}`, role: "button" };
  return item;
}

function idOf(place: Place): string {
  return place.kind === "group" ? place.group : place.kind === "session" ? `session:${place.head.id}` : `steps:${place.session.head.id}`;
}
