import { html, nothing, type TemplateResult } from "lit";
import { icon } from "./icon_view";
import type { StepView } from "./messages";
import { durationOf, momentOf } from "./times";
import { visible } from "./visible_text";

export interface StepActions {
  toggle(): void;
  copy(): void;
  edit(): void;
}

/** The line of a step, by which it is opened. */
export function stepHeadView(step: StepView, isOpen: boolean, now: number, actions: StepActions): TemplateResult {
  if (step.isInterlude) {
    return interludeHeadView(step, isOpen, actions);
  }
  const elapsed = step.durationMs ?? (step.tone === "running" ? Math.max(0, now - step.startedAt) : null);
  return html`
    <div class="head">
      <button type="button" class="plain toggle" aria-expanded=${isOpen} tabindex="-1" @click=${() => actions.toggle()}>
        ${icon(isOpen ? "open" : "closed")}${icon(step.tone)}
        <span class="name">${step.title}</span>
        ${step.attempt > 1 ? html`<span class="attempt">attempt ${step.attempt}</span>` : nothing}
        <code class="command">${visible(step.command)}</code>
      </button>
      <span class="tools">
        <button type="button" class="plain tool" title="Copy the command" aria-label="Copy the command of ${step.title}" tabindex="-1" @click=${() => actions.copy()}>${icon("copy")}</button>
        ${step.canEdit ? html`<button type="button" class="plain tool" title="Edit the command before it runs" aria-label="Edit the command of ${step.title}" tabindex="-1" @click=${() => actions.edit()}>${icon("rename")}</button>` : nothing}
      </span>
      ${step.costUsd === null || step.costUsd <= 0 ? nothing : html`<span class="cost">$${step.costUsd.toFixed(step.costUsd < 0.995 ? 3 : 2)}</span>`}
      <span class="elapsed" title="Began ${momentOf(step.startedAt)}">${elapsed === null ? "" : durationOf(elapsed)}</span>
      <span class="status">${step.status}</span>
    </div>
    ${step.summary === null || isOpen ? nothing : html`<div class="summary">${visible(step.summary.split("\n", 1)[0] ?? "")}</div>`}`;
}

function interludeHeadView(step: StepView, isOpen: boolean, actions: StepActions): TemplateResult {
  return html`
    <div class="head">
      <button type="button" class="plain toggle" aria-expanded=${isOpen} tabindex="-1" @click=${() => actions.toggle()}>
        ${icon(isOpen ? "open" : "closed")}
        <span class="name">${step.title}</span>
        <span class="told">${isOpen ? "" : visible(step.summary ?? "")}</span>
      </button>
      <span class="status" title="From ${momentOf(step.startedAt)}">${step.status}</span>
    </div>`;
}
