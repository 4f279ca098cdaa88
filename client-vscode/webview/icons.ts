import type { RowIcon, Tone } from "./messages";

const SVG = "http://www.w3.org/2000/svg";

/** Lines in a box of 16 × 16. */
const PATHS: Readonly<Record<RowIcon | Tone | "todo", string>> = {
  ok: "M3.5 8.5 6.5 11.5 12.5 4.8",
  warning: "M8 2.5 14 13.5H2ZM8 6.5V9.5M8 11.4V11.6",
  error: "M4.5 4.5 11.5 11.5M11.5 4.5 4.5 11.5",
  running: "M13 8A5 5 0 1 1 9.8 3.3",
  waiting: "M8 3A5 5 0 1 1 7.99 3M8 5.5V8.2L9.8 9.6",
  muted: "M4.5 8H11.5",
  todo: "M8 4.5A3.5 3.5 0 1 1 7.99 4.5",
  agent: "M8 2 9.4 6.6 14 8 9.4 9.4 8 14 6.6 9.4 2 8 6.6 6.6Z",
  person: "M8 2.8A2.6 2.6 0 1 1 7.99 2.8M3 13.5C3.4 10.6 5.4 9.6 8 9.6S12.6 10.6 13 13.5",
  tool: "M9.8 2.6A3.6 3.6 0 0 0 6.6 7.5L2.6 11.5 4.5 13.4 8.5 9.4A3.6 3.6 0 0 0 13.4 6.2L11.2 8.2 8.6 7.4 7.8 4.8Z",
  file: "M4 2H9.5L12.5 5V14H4ZM9.5 2V5H12.5",
  terminal: "M2 3H14V13H2ZM4.5 6 6.8 8 4.5 10M8 10.5H11",
  hook: "M10.5 3V9.5A3 3 0 0 1 4.5 9.5V8.5L3 10",
  state: "M3 8H13M9.5 4.5 13 8 9.5 11.5",
};

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
