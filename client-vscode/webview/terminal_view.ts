import Anser from "anser";
import { html, type TemplateResult } from "lit";
import { styled } from "./styles";

type Part = TemplateResult | string;

/** Colours of the editor's own terminal. */
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const NAMED = /^ansi-(bright-)?(\w+)$/;
const RGB = /^\d{1,3}, ?\d{1,3}, ?\d{1,3}$/;
/** Escapes that are no colour move a cursor that is not here, or set titles; what is left of them would only be noise. */
// eslint-disable-next-line no-control-regex
const OTHER_ESCAPES = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[P^_X][^\u001b]*(?:\u001b\\)?|\u001b\[[0-9;?<=>]*[ -/]*[@-ln-~]|\u001b[()#%][0-9A-Za-z]|\u001b[=>78DEHMNOZc]/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/g;
const MAX_PIECES = 2_000;

export function terminal(text: string): readonly Part[] {
  const plain = overwritten(text.replace(OTHER_ESCAPES, "")).replace(CONTROLS, "\ufffd");
  const pieces = Anser.ansiToJson(plain, { json: true, use_classes: true, remove_empty: true });
  return pieces.length > MAX_PIECES ? [pieces.map(({ content }) => content).join("")] : pieces.map(piece);
}

/** A carriage return begins the line anew: of a progress bar the last state is left. */
function overwritten(text: string): string {
  return text.includes("\r")
    ? text
        .replaceAll("\r\n", "\n")
        .split("\n")
        .map((line) => line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1))
        .join("\n")
    : text;
}

function piece({ content, fg, bg, fg_truecolor: fore, bg_truecolor: back, decorations }: Anser.AnserJsonEntry): Part {
  const [front, behind] = [colour(fg, fore), colour(bg, back)];
  const styles: Record<string, string> = {
    ...(front === null ? {} : { color: front }),
    ...(behind === null ? {} : { "background-color": behind }),
    ...(decorations.includes("bold") ? { "font-weight": "bold" } : {}),
    ...(decorations.includes("italic") ? { "font-style": "italic" } : {}),
    ...(decorations.includes("dim") ? { opacity: "0.7" } : {}),
    ...(decorations.includes("underline") ? { "text-decoration": "underline" } : {}),
  };
  return Object.keys(styles).length === 0 ? content : html`<span ${styled(styles)}>${content}</span>`;
}

function colour(name: string | null, exact: string | null): string | null {
  if (name === null || name === "") {
    return null;
  }
  if (name === "ansi-truecolor" && exact !== null && RGB.test(exact)) {
    return `rgb(${exact})`;
  }
  const [, bright, word = ""] = NAMED.exec(name) ?? [];
  if (!NAMES.includes(word)) {
    return paletteColour(name);
  }
  const capital = `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  return `var(--vscode-terminal-ansi${bright === undefined ? "" : "Bright"}${capital})`;
}

/** Of the 256: a cube of six steps a colour, then greys. */
function paletteColour(name: string): string | null {
  const number = Number(/^ansi-palette-(\d{1,3})$/.exec(name)?.[1] ?? Number.NaN);
  if (!(number >= 16 && number <= 255)) {
    return null;
  }
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const step = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const place = number - 16;
  return `rgb(${step(Math.floor(place / 36))}, ${step(Math.floor(place / 6) % 6)}, ${step(place % 6)})`;
}
