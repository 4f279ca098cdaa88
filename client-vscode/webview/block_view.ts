import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { markdown } from "./markdown_view";
import type { Block } from "./messages";
import { terminal } from "./terminal_view";
import { visible } from "./visible_text";

/** What a reader can do with a row. */
export interface BlockActions {
  openLink(address: string): void;
  openRow(): void;
}

export function blockView(block: Block, actions: BlockActions): TemplateResult {
  const label = block.label === null ? nothing : html`<div class="label">${block.label}</div>`;
  const more = block.isCut ? html`<button type="button" class="link more" @click=${() => actions.openRow()}>Show all</button>` : nothing;
  return html`<div class="block block-${block.kind}">${label}${guard([block], () => contentOf(block, actions))}${more}</div>`;
}

function contentOf(block: Block, actions: BlockActions): unknown {
  switch (block.kind) {
    case "markdown":
      return html`<div class="markdown">${markdown(visible(block.text), (address) => actions.openLink(address))}</div>`;
    case "code":
      return html`<pre>${visible(block.text)}</pre>`;
    case "terminal":
      return html`<pre>${terminal(visible(block.text.replace(/\n$/, "")))}</pre>`;
    case "diff":
      return html`<pre class="diff" aria-label="Changes">${block.lines.map(({ sign, text }) => html`<span class="line ${CLASSES[sign]}"><span class="sign">${sign === "@" ? "⋯" : sign}</span>${visible(text)}\n</span>`)}</pre>`;
  }
}

const CLASSES = { "+": "added", "-": "removed", " ": "same", "@": "gap" } as const;
