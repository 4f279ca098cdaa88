import type { Item } from "./flat_list";

/** What a key may do. */
export interface Reader {
  /** Whether there is such an item. */
  step(by: number): boolean;
  activate(index: number): boolean;
  toHead(item: Item): boolean;
  toggle(item: Item): void;
  latest(): void;
  nextError(): void;
}

/** Whether a key means something for the item that has the focus. `target`: what of it has it. */
export function isDone(key: string, item: Item, target: Element, reader: Reader): boolean {
  const isOpen = item.kind === "step" ? item.isOpen : item.kind === "row" && item.isUnfolded;
  switch (key) {
    case "ArrowDown":
      return reader.step(1);
    case "ArrowUp":
      return reader.step(-1);
    case "Home":
      return reader.activate(0);
    case "End":
      reader.latest();
      return true;
    case "ArrowRight":
      return !isOpen && toggled(item, reader);
    case "ArrowLeft":
      return isOpen ? toggled(item, reader) : reader.toHead(item);
    case "Enter":
    case " ":
      return target.tagName === "ARTICLE" && toggled(item, reader);
    case "e":
      reader.nextError();
      return true;
    default:
      return false;
  }
}

export function isTyping({ target }: KeyboardEvent): boolean {
  return /^(?:VSCODE-TEXTFIELD|VSCODE-TEXTAREA|INPUT|TEXTAREA)$/.test((target as Element).tagName);
}

function toggled(item: Item, reader: Reader): boolean {
  reader.toggle(item);
  return true;
}
