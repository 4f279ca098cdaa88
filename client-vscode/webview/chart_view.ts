import { html, nothing, type TemplateResult } from "lit";
import type { StepView } from "./messages";
import { styled } from "./styles";
import { durationOf } from "./times";

interface Part {
  readonly step: StepView;
  readonly amount: number;
  readonly text: string;
}

/** Where the time and the money of the session went: one bar each, a piece for each step, in the order in which they ran. */
export function chartView(steps: readonly StepView[], now: number, goTo: (stepId: string) => void): TemplateResult | typeof nothing {
  const times = steps.flatMap((step) => partOf(step, step.durationMs ?? (step.tone === "running" ? now - step.startedAt : null), durationOf));
  const costs = steps.flatMap((step) => partOf(step, step.costUsd, (amount) => `$${amount.toFixed(amount < 0.995 ? 4 : 2)}`));
  if (times.length < 2) {
    return nothing;
  }
  return html`<div class="chart">${barView("Time", times, durationOf, goTo)}${costs.length === 0 ? nothing : barView("Cost", costs, (sum) => `$${sum.toFixed(sum < 0.995 ? 4 : 2)}`, goTo)}</div>`;
}

function partOf(step: StepView, amount: number | null, textOf: (amount: number) => string): Part[] {
  return amount === null || amount <= 0 ? [] : [{ step, amount, text: textOf(amount) }];
}

function barView(label: string, parts: readonly Part[], textOf: (sum: number) => string, goTo: (stepId: string) => void): TemplateResult {
  const sum = parts.reduce((all, { amount }) => all + amount, 0);
  return html`
    <div class="bar" role="group" aria-label="${label} by step, ${textOf(sum)} in all">
      <span class="measure">${label}</span>
      <span class="pieces">${parts.map(({ step, amount, text }) => {
        const name = `${step.title}${step.attempt > 1 ? `, attempt ${step.attempt}` : ""}: ${text}`;
        return html`<button type="button" class="piece tone-${step.tone}" title=${name} aria-label="Go to ${name}" ${styled({ "flex-grow": String(amount / sum) })} @click=${() => goTo(step.id)}><span>${step.title}</span></button>`;
      })}</span>
      <span class="sum">${textOf(sum)}</span>
    </div>`;
}
