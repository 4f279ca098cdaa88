import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { html, nothing, type TemplateResult } from "lit";
import { icon } from "./icon_view";
import { type Kind, KINDS } from "./messages";

export interface ToolbarActions {
  narrow(kinds: readonly Kind[]): void;
  /** Also while it is typed. */
  seek(text: string): void;
  find(isForward: boolean): void;
  nextError(): void;
  latest(): void;
}

export interface ToolbarState {
  /** None: all. */
  readonly kinds: readonly Kind[];
  readonly sought: string;
  /** What came of the last search. */
  readonly told: string;
  /** Whether something has come that is not to be seen. */
  readonly isBehind: boolean;
}

const LABELS: Readonly<Record<Kind, string>> = {
  message: "Messages",
  tool: "Tools",
  command: "Commands",
  file: "Files",
  hook: "Hooks",
  state: "States",
  error: "Errors",
};

export function toolbarView({ kinds, sought, told, isBehind }: ToolbarState, actions: ToolbarActions): TemplateResult {
  const chip = (kind: Kind): TemplateResult => {
    const isOn = kinds.includes(kind);
    const toggle = (): void => actions.narrow(isOn ? kinds.filter((each) => each !== kind) : [...kinds, kind]);
    return html`<button type="button" class="chip" aria-pressed=${isOn} @click=${toggle}>${LABELS[kind]}</button>`;
  };
  return html`
    <div class="toolbar" role="toolbar" aria-label="Timeline">
      <span class="chips" role="group" aria-label="Show only">${icon("narrow")}${KINDS.map(chip)}</span>
      <span class="search" role="search">
        <vscode-textfield id="search" placeholder="Find in the session" label="Find in the session" .value=${sought} @input=${(event: Event) => actions.seek((event.target as HTMLInputElement).value)} @keydown=${(event: KeyboardEvent) => keyIn(event, actions)}></vscode-textfield>
        <button type="button" class="plain tool" title="Previous (Shift+Enter)" aria-label="Find the previous one" ?disabled=${sought === ""} @click=${() => actions.find(false)}>${icon("previous")}</button>
        <button type="button" class="plain tool" title="Next (Enter)" aria-label="Find the next one" ?disabled=${sought === ""} @click=${() => actions.find(true)}>${icon("next")}</button>
        ${told === "" ? nothing : html`<span class="told">${told}</span>`}
      </span>
      <button type="button" class="plain tool" title="Next error (E)" aria-label="Go to the next error" @click=${() => actions.nextError()}>${icon("error")}</button>
      <button type="button" class="plain tool ${isBehind ? "news" : ""}" title="Latest (End)" aria-label="Go to the latest${isBehind ? ", there is news" : ""}" @click=${() => actions.latest()}>${icon("down")}</button>
    </div>`;
}

function keyIn(event: KeyboardEvent, actions: ToolbarActions): void {
  event.stopPropagation();
  if (event.key === "Enter" || event.key === "F3") {
    event.preventDefault();
    actions.find(!event.shiftKey);
  } else if (event.key === "Escape") {
    actions.seek("");
  }
}
