const NAME = "treadle-sought";
const MAX_MARKS = 500;

/** Marks a text wherever it is to be seen, without a change of the page. */
export function highlight(root: Element, sought: string): void {
  CSS.highlights.delete(NAME);
  const wanted = sought.toLowerCase();
  if (wanted === "") {
    return;
  }
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && ranges.length < MAX_MARKS; node = walker.nextNode()) {
    const text = (node.textContent ?? "").toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0 && ranges.length < MAX_MARKS; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, Math.min(at + wanted.length, node.textContent?.length ?? 0));
      ranges.push(range);
    }
  }
  if (ranges.length > 0) {
    CSS.highlights.set(NAME, new Highlight(...ranges));
  }
}
