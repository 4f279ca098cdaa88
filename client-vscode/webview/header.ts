import { byId, element } from "./elements";
import { icon } from "./icons";
import type { HeaderView } from "./messages";

const host = byId("header");
const announcer = byId("announcer");
let announced = "";
let shown = "";

export function showHeader(header: HeaderView, run: () => void): void {
  const text = JSON.stringify(header);
  if (text === shown) {
    return;
  }
  shown = text;
  const focusOnRun = document.activeElement?.id === "run";
  host.replaceChildren(titleLine(header, run), facts(header), path(header), note(header) ?? "");
  if (focusOnRun) {
    document.getElementById("run")?.focus();
  }
  const sentence = `${header.title}: ${header.status.text}`;
  if (sentence !== announced) {
    announcer.textContent = announced = sentence;
  }
}

function titleLine({ title, status, canRun }: HeaderView, run: () => void): HTMLElement {
  const pill = element("span", { class: `pill tone-${status.tone}` }, icon(status.tone), status.text);
  const line = element("div", { class: "title" }, element("h1", {}, title), pill);
  if (canRun) {
    const button = element("button", { id: "run", type: "button" }, "Run Session");
    button.addEventListener("click", run);
    line.append(button);
  }
  return line;
}

function facts(header: HeaderView): HTMLElement {
  const pairs = header.facts.map(({ label, value }) =>
    element("div", {}, element("dt", {}, label), element("dd", {}, value)),
  );
  return element("dl", { class: "facts" }, ...pairs);
}

function path(header: HeaderView): HTMLElement {
  const steps = header.path.map(({ name, tone, detour }) =>
    element(
      "li",
      { class: `${tone === null ? "todo" : `tone-${tone}`}${detour ? " detour" : ""}` },
      icon(tone ?? "todo"),
      name,
      element("span", { class: "unseen" }, `: ${tone ?? "not yet"}`),
    ),
  );
  return element("ol", { class: "path", "aria-label": "Progress of the workflow" }, ...steps);
}

function note(header: HeaderView): HTMLElement | null {
  return header.note === null ? null : element("p", { class: "note" }, header.note);
}
