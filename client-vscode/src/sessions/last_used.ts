/** Where choices are kept; the workspace's memory of an editor is such a place. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** What is chosen again and again, of which the last choice stands first the next time. */
export type Choice = "type" | "component" | "kind" | "session" | "folder" | "workflow" | `start.${string}`;

const PREFIX = "treadle.lastUsed.";
const WORDS = "last used";

/** What a person chose last in this workspace. */
export class LastUsed {
  constructor(private readonly memory: Memory) {}

  get(choice: Choice): string | null {
    const value = this.memory.get(PREFIX + choice);
    return typeof value === "string" ? value : null;
  }

  keep(choice: Choice, value: string): void {
    void this.memory.update(PREFIX + choice, value);
  }

  /** The last choice first, and said to be it; the others in their order. */
  inOrder<T extends { readonly description?: string }>(choice: Choice, items: readonly T[], valueOf: (item: T) => string): T[] {
    const last = this.get(choice);
    const index = items.findIndex((item) => valueOf(item) === last);
    const found = items[index];
    if (found === undefined || items.length === 1) {
      return [...items];
    }
    const said = { ...found, description: found.description === undefined || found.description === "" ? WORDS : `${found.description} · ${WORDS}` };
    return [said, ...items.slice(0, index), ...items.slice(index + 1)];
  }
}
