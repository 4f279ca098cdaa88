import "@vscode-elements/elements/dist/vscode-button/index.js";
import "@vscode-elements/elements/dist/vscode-textarea/index.js";
import { html, type TemplateResult } from "lit";

/** A message to the agent that works now. */
export function sayView(listener: string, say: (text: string, isInterrupting: boolean) => void): TemplateResult {
  const send = (isInterrupting: boolean): void => {
    const box = document.getElementById("say") as (HTMLElement & { value: string }) | null;
    const text = box?.value.trim() ?? "";
    if (box !== null && text !== "") {
      say(text, isInterrupting);
      box.value = "";
    }
  };
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send(false);
    }
  };
  return html`
    <form class="say" @submit=${(event: Event) => event.preventDefault()}>
      <vscode-textarea id="say" rows="1" maxlength="50000" label="Say to ${listener}" placeholder="Say to ${listener}: it reads it when the tools that it is using are done" @keydown=${key}></vscode-textarea>
      <vscode-button @click=${() => send(false)}>Say</vscode-button>
      <vscode-button secondary title="What the agent is doing is broken off, and it goes on with this" @click=${() => send(true)}>Interrupt and Say</vscode-button>
    </form>`;
}
