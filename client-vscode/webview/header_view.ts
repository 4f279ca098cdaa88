import "@vscode-elements/elements/dist/vscode-button/index.js";
import { html, nothing, type TemplateResult } from "lit";
import { chartView } from "./chart_view";
import { icon } from "./icon_view";
import type { Action, HeaderView, PathStep, StepView, Total } from "./messages";
import { durationOf } from "./times";
import { visible } from "./visible_text";

export interface HeaderActions {
  openFile(path: string): void;
  act(action: Action): void;
  goTo(stepId: string): void;
}

const LONG = 300;
const LINES = 6;

const LABELS: Readonly<Record<Action, string>> = {
  run: "Run Session",
  answer: "Answer…",
  terminal: "Continue in My Terminal",
  background: "Continue in the Background",
  review: "Review Changes",
};

export function headerView(header: HeaderView, steps: readonly StepView[], now: number, actions: HeaderActions): TemplateResult {
  const { title, status, facts, note } = header;
  return html`
    <header id="header">
      <div class="title">
        <h1>${visible(title)}</h1>
        <span class="pill tone-${status.tone}">${icon(status.tone)}${visible(status.text)}</span>
        <div class="actions">
          ${header.actions.map((action, place) => html`<vscode-button id="act-${action}" ?secondary=${place > 0} @click=${() => actions.act(action)}>${LABELS[action]}</vscode-button>`)}
        </div>
      </div>
      ${header.asked === null ? nothing : html`<p class="asked" tabindex=${isLong(header.asked) ? 0 : nothing}>${visible(header.asked)}</p>`}
      <dl class="totals">${header.totals.map((total) => totalView(total, header, now, actions))}</dl>
      ${filesView(header.files, actions)}
      ${note === null ? nothing : html`<p class="note">${visible(note)}</p>`}
      ${pathView(header.path, actions)}
      ${chartView(steps, now, (stepId) => actions.goTo(stepId))}
      <dl class="facts">${facts.map(({ label, value }) => html`<div><dt>${label}</dt> <dd>${visible(value)}</dd></div>`)}</dl>
    </header>`;
}

/** As much as may have to be scrolled, and so to be reached by the keyboard. */
function isLong(text: string): boolean {
  return text.length > LONG || text.split("\n").length > LINES;
}

function totalView({ label, value, detail, action }: Total, { runningSince }: HeaderView, now: number, actions: HeaderActions): TemplateResult {
  const shown = label === "Elapsed" && runningSince !== null ? durationOf(Math.max(0, now - runningSince)) : value;
  const content = action === null ? shown : html`<button type="button" class="link" @click=${() => actions.act(action)}>${shown}</button>`;
  return html`<div title=${detail ?? ""}><dt>${label}</dt> <dd>${content}</dd></div>`;
}

function filesView({ canOpen, paths, more }: HeaderView["files"], actions: HeaderActions): TemplateResult | typeof nothing {
  if (paths.length === 0) {
    return nothing;
  }
  const links = paths.map((path) => (canOpen ? html`<button type="button" class="link" title="Open what changed in ${path}" @click=${() => actions.openFile(path)}>${visible(path)}</button>` : html`<span class="path-name">${visible(path)}</span>`));
  return html`<p class="files">Changed ${links}${more === 0 ? nothing : html`<span>and ${more} more</span>`}</p>`;
}

function pathView(path: readonly PathStep[], actions: HeaderActions): TemplateResult | typeof nothing {
  if (path.length === 0) {
    return nothing;
  }
  return html`<ol class="path" aria-label="Progress of the workflow">${path.map((step) => pathStepView(step, actions))}</ol>`;
}

function pathStepView({ name, detour, tone, rounds }: PathStep, actions: HeaderActions): TemplateResult {
  const last = rounds.at(-1);
  const label = last === undefined
    ? html`<span class="name">${name}</span><span class="unseen">: not yet</span>`
    : html`<button type="button" class="plain name" title="Go to ${last.label}" @click=${() => actions.goTo(last.stepId)}>${name}</button><span class="unseen">: ${tone}</span>`;
  const dots = rounds.length < 2
    ? nothing
    : html`<span class="dots" role="group" aria-label="Rounds of ${name}">${rounds.map((round) => html`<button type="button" class="dot tone-${round.tone}" title=${round.label} aria-label="Go to ${round.label}" @click=${() => actions.goTo(round.stepId)}></button>`)}</span>`;
  return html`<li class="${tone === null ? "todo" : `tone-${tone}`} ${detour ? "detour" : ""}" title=${detour ? "Only when the step before it asks for it, which then runs again" : ""}>${icon(tone ?? "todo")}${label}${dots}</li>`;
}
