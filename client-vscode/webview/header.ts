import { byId, element } from "./elements";
import { icon } from "./icons";
import type { Action, HeaderView } from "./messages";

const LABELS: Readonly<Record<Action, string>> = { run: "Run Session", answer: "Answer…", say: "Say to the Agent…" };
const ACT = "act-";
const host = byId("header");
const announcer = byId("announcer");
let announced = "";
let shown = "";

export function showHeader(header: HeaderView, act: (action: Action) => void): void {
  const text = JSON.stringify(header);
  if (text === shown) {
    return;
  }
  shown = text;
  const focused = document.activeElement?.id;
  host.replaceChildren(titleLine(header, act), facts(header), path(header), note(header) ?? "");
  if (focused?.startsWith(ACT) === true) {
    (document.getElementById(focused) ?? host.querySelector("button"))?.focus();
  }
  const sentence = `${header.title}: ${header.status.text}`;
  if (sentence !== announced) {
    announcer.textContent = announced = sentence;
  }
}

function titleLine({ title, status, actions }: HeaderView, act: (action: Action) => void): HTMLElement {
  const pill = element("span", { class: `pill tone-${status.tone}` }, icon(status.tone), status.text);
  const line = element("div", { class: "title" }, element("h1", {}, title), pill);
  const buttons = actions.map((action, place) => {
    const button = element("button", { id: `${ACT}${action}`, type: "button", ...(place === 0 ? {} : { class: "second" }) }, LABELS[action]);
    button.addEventListener("click", () => act(action));
    return button;
  });
  line.append(element("div", { class: "actions" }, ...buttons));
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
