import { element } from "./elements";
import { icon } from "./icons";
import type { EventRow } from "./messages";

/** Of one text block in the page; the record itself is complete. */
const MAX_BLOCK = 200_000;

export type OpenFile = (path: string) => void;

/** Appends events to a list; pieces of one output read on in one block. */
export function appendRows(list: HTMLOListElement, rows: readonly EventRow[], openFile: OpenFile): void {
  for (const row of rows) {
    const last = list.lastElementChild;
    if (row.output !== null && last instanceof HTMLElement && last.dataset.stream === row.output.stream) {
      readOn(last, row.output.text);
    } else {
      list.append(rowElement(row, openFile));
    }
  }
}

export function prependRows(list: HTMLOListElement, rows: readonly EventRow[], openFile: OpenFile): void {
  const earlier = element("ol");
  appendRows(earlier, rows, openFile);
  list.prepend(...earlier.children);
}

function readOn(item: HTMLElement, text: string): void {
  const block = item.querySelector("pre");
  if (block !== null && block.textContent.length < MAX_BLOCK) {
    block.append(text);
  }
}

function rowElement(row: EventRow, openFile: OpenFile): HTMLLIElement {
  const tone = row.tone === null ? "" : ` tone-${row.tone}`;
  const item = element("li", { class: `row row-${row.icon}${tone}` });
  item.append(element("time", {}, row.at), icon(row.icon));
  const body = element("div", { class: "body" });
  item.append(body);
  if (row.output !== null) {
    item.dataset.stream = row.output.stream;
    item.classList.add(`stream-${row.output.stream}`);
    body.append(element("pre", { tabindex: "0", "aria-label": row.output.stream }, row.output.text));
    return item;
  }
  const line = element("div", { class: "line" }, element("span", { class: "what" }, row.title));
  if (row.file !== null) {
    line.append(" ", fileButton(row.file, openFile));
  }
  if (row.text !== null) {
    line.append(" ", element("span", { class: "text" }, row.text));
  }
  body.append(row.detail === null ? line : withDetail(line, row.detail));
  return item;
}

function withDetail(line: HTMLElement, detail: string): HTMLElement {
  return element("details", {}, element("summary", {}, line), element("pre", { tabindex: "0" }, detail));
}

function fileButton(path: string, openFile: OpenFile): HTMLElement {
  const button = element("button", { type: "button", class: "link", title: `Open ${path}` }, path);
  button.addEventListener("click", () => openFile(path));
  return button;
}
