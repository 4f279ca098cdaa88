/** Of the page's own frame, so it is always there. */
export function within(root: ParentNode, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (found === null) {
    throw new Error(`The page has no ${selector}.`);
  }
  return found;
}
