import "@vscode-elements/elements/dist/vscode-button/index.js";
import { html, nothing, type TemplateResult } from "lit";
import { type BlockActions, blockView } from "./block_view";
import { icon } from "./icon_view";
import type { ChildView, Row } from "./messages";
import { agoOf, momentOf } from "./times";
import { visible } from "./visible_text";

export interface RowActions extends BlockActions {
  toggle(): void;
  openFile(path: string, isDiff: boolean): void;
  openSession(sessionId: number): void;
  answer(askId: number, answer: string): void;
}

export function rowView(row: Row, isUnfolded: boolean, now: number, actions: RowActions): TemplateResult {
  const tone = row.tone === null ? "" : `tone-${row.tone}`;
  const blocks = isUnfolded ? [...row.shown, ...row.folded] : row.shown;
  return html`
    <div class="row row-${row.kind} ${isChange(row) ? "row-file" : ""} ${tone} ${row.isMore ? "more-of-it" : ""}">
      ${row.isMore ? nothing : lineView(row, isUnfolded, now, actions)}
      ${blocks.map((block) => blockView(block, actions))}
      ${row.facts.length === 0 ? nothing : html`<dl class="facts">${row.facts.map(({ label, value }) => html`<div><dt>${label}</dt> <dd>${visible(value)}</dd></div>`)}</dl>`}
      ${row.children.length === 0 ? nothing : html`<ul class="children" aria-label="Sessions">${row.children.map((child) => childView(child, actions))}</ul>`}
      ${row.ask === null ? nothing : askView(row.ask, actions)}
    </div>`;
}

function lineView(row: Row, isUnfolded: boolean, now: number, actions: RowActions): TemplateResult {
  const fold = row.folded.length === 0
    ? nothing
    : html`<button type="button" class="plain fold" aria-expanded=${isUnfolded} aria-label="${isUnfolded ? "Hide" : "Show"} details of ${row.title}" tabindex="-1" @click=${() => actions.toggle()}>${icon(isUnfolded ? "open" : "closed")}</button>`;
  return html`
    <div class="line">
      ${icon(row.tone === "running" ? "running" : row.tone === "error" && row.icon !== "result" ? "error" : row.icon)}
      ${row.agent === null ? nothing : html`<span class="agent">${visible(row.agent)}</span>`}
      <span class="what">${visible(row.title)}</span>
      ${row.file === null ? nothing : fileView(row.file, isChange(row), actions)}
      ${row.text === null ? nothing : html`<span class="text">${visible(row.text)}</span>`}
      ${fold}
      ${row.duration === null ? nothing : html`<span class="duration">${row.duration}</span>`}
      <time title=${momentOf(row.at)}>${agoOf(row.at, now)}</time>
    </div>`;
}

/** Whether it tells of a file that is another one now. */
function isChange({ kind, file }: Row): boolean {
  return file !== null && (kind === "file" || file.change !== null);
}

function fileView({ path, change }: NonNullable<Row["file"]>, isDiff: boolean, actions: RowActions): TemplateResult {
  return html`<button type="button" class="link path" title="Open ${isDiff ? "what changed in " : ""}${path}" @click=${() => actions.openFile(path, isDiff)}>${visible(path)}</button>${change === null
    ? nothing
    : html`<span class="change">${change.split(" ").map((part) => html`<span class=${part.startsWith("+") ? "added" : "removed"}>${part}</span> `)}</span>`}`;
}

function childView({ sessionId, title, tone, status, text }: ChildView, actions: RowActions): TemplateResult {
  return html`<li class="tone-${tone}">${icon(tone)}<button type="button" class="link" title="Open session ${sessionId}" @click=${() => actions.openSession(sessionId)}>${visible(title)} #${sessionId}</button> <span class="end">${status}</span> ${text === null ? nothing : html`<span class="text">${visible(text)}</span>`}</li>`;
}

/** The first option is what a person most likely wants. */
function askView({ id, options }: NonNullable<Row["ask"]>, actions: RowActions): TemplateResult {
  return html`<div class="ask" role="group" aria-label="Answer">${options.map(({ name, title }, place) => html`<vscode-button ?secondary=${place > 0} @click=${() => actions.answer(id, name)}>${visible(title)}</vscode-button>`)}</div>`;
}
