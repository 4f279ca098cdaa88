import { html, type TemplateResult } from "lit";
import type { Editor } from "./editor";
import type { Item } from "./flat_list";
import { rowView } from "./row_view";
import { stepHeadView } from "./step_head_view";

interface ItemActions {
  readonly isNarrowed: boolean;
  toggleStep(stepId: string): void;
  toggleFold(itemId: string): void;
}

export function itemView(item: Item, now: number, editor: Editor, actions: ItemActions): TemplateResult {
  const { stepId } = item;
  switch (item.kind) {
    case "step":
      return stepHeadView(item.step, item.isOpen, now, {
        toggle: () => actions.toggleStep(stepId),
        copy: () => editor.post({ kind: "copy", stepId }),
        edit: () => editor.post({ kind: "edit", stepId }),
      });
    case "row": {
      const rowId = item.row.id;
      return rowView(item.row, item.isUnfolded, now, {
        toggle: () => actions.toggleFold(item.id),
        openRow: () => editor.post({ kind: "openRow", stepId, rowId }),
        openLink: (address) => editor.post({ kind: "openLink", address }),
        openFile: (path, isDiff) => editor.post({ kind: "openFile", path, isDiff }),
        openSession: (sessionId) => editor.post({ kind: "openSession", sessionId }),
        answer: (askId, answer) => editor.post({ kind: "answer", askId, answer }),
      });
    }
    case "earlier":
      return html`<div class="more-there"><button type="button" class="link" @click=${() => editor.page(stepId, "earlier")}>Load earlier events</button> · <button type="button" class="link" @click=${() => editor.page(stepId, "first")}>From the start</button></div>`;
    case "later":
      return html`<div class="more-there"><button type="button" class="link" @click=${() => editor.page(stepId, "later")}>Load later events</button> · <button type="button" class="link" @click=${() => editor.page(stepId, "latest")}>The latest</button></div>`;
    case "loading":
      return html`<div class="more-there">Loading …</div>`;
    case "nothing":
      return html`<div class="more-there">${actions.isNarrowed ? "Nothing of the kinds that are chosen above." : "Nothing has been recorded yet."}</div>`;
  }
}
