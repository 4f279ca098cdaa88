import { isMap, isScalar, isSeq, type Node, parseDocument, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { RefusedError } from "../daemon/errors";
import type { ComponentPaths } from "./component_layout";

/** Where a project says what it is, from its root. */
export const PROJECT_FILE = [".treadle", "project.yaml"] as const;

export interface DeclaredComponent {
  readonly name: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly paths: Readonly<Record<string, string>>;
}

export interface NewComponent extends Omit<DeclaredComponent, "paths"> {
  readonly paths: ComponentPaths;
}

/** What is put where, so that everything else of the file stays as it is. */
export interface Insertion {
  /** Offsets in the text; what stands between them is replaced. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Where the new entry begins, in the text as it is then. */
  readonly entry: number;
}

const INDENT = 2;

/** The components that the file names, as far as they can be read. */
export function componentsIn(text: string): DeclaredComponent[] {
  const list = listIn(rootOf(text));
  const items: unknown[] = isSeq(list) ? list.toJSON() : [];
  return items.filter(isNamed).map(({ name, kind, parent, paths }) => ({
    name,
    kind: typeof kind === "string" ? kind : "module",
    parent: typeof parent === "string" ? parent : null,
    paths: Object.fromEntries(Object.entries(paths ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string")),
  }));
}

/** How a component comes into the file: behind the others, in the form that the list has there. */
export function insertionOf(text: string, component: NewComponent): Insertion {
  const root = rootOf(text);
  const list = listIn(root);
  if (root === null) {
    return atEnd(text, component);
  }
  if (list === undefined) {
    return root.flow === true ? refuseForm(text, root) : atEnd(text, component);
  }
  if (isSeq(list) && list.items.length > 0) {
    return list.flow === true ? inFlow(text, list, component) : inBlock(text, list, component);
  }
  return root.flow === true ? refuseForm(text, root) : inPlaceOf(text, list, component);
}

function rootOf(text: string): YAMLMap | null {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const [sentence = ""] = error.message.split("\n", 1);
    throw refusal(text, error.pos[0], sentence.replace(/\.?$/, ""));
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.source === "")) {
    return null;
  }
  if (!isMap(contents)) {
    throw refusal(text, contents.range[0], "it must be a mapping of names to values");
  }
  const list = listIn(contents);
  if (list !== undefined && !isSeq(list) && !(isScalar(list) && list.value === null)) {
    throw refusal(text, list.range?.[0] ?? 0, "components must be a list");
  }
  return contents;
}

function listIn(root: YAMLMap | null): Node | undefined {
  return root?.get("components", true);
}

function inBlock(text: string, list: YAMLSeq, component: NewComponent): Insertion {
  const token = list.srcToken;
  const indent = token?.type === "block-seq" ? token.indent : 0;
  const last = list.items.at(-1) as Node | null;
  const end = lineEndAt(text, contentEnd(text, last?.range?.[1] ?? list.range?.[1] ?? text.length));
  return inserted(text, end, end, asItem(text, component, indent));
}

/** A comment or empty lines behind the last entry are not its own. */
function contentEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) {
    at -= 1;
  }
  return at;
}

function inFlow(text: string, list: YAMLSeq, component: NewComponent): Insertion {
  const last = list.items.at(-1) as Node | null;
  const end = last?.range?.[1] ?? list.range?.[1] ?? text.length;
  const entry = stringify(component, replacer, { collectionStyle: "flow", lineWidth: 0, compat: "yaml-1.1" }).trim();
  return { start: end, end, text: `, ${entry}`, entry: end + 2 };
}

/** Instead of an empty list, or of nothing. */
function inPlaceOf(text: string, list: Node, component: NewComponent): Insertion {
  const [start, end] = list.range ?? [text.length, text.length];
  const key = contentEnd(text, start);
  if (end > start) {
    return inserted(text, key, end, asItem(text, component, INDENT));
  }
  const line = lineEndAt(text, key);
  return inserted(text, line, line, asItem(text, component, INDENT));
}

function atEnd(text: string, component: NewComponent): Insertion {
  const isAtLineStart = text === "" || text.endsWith("\n");
  const eol = eolOf(text);
  const head = `${isAtLineStart ? "" : eol}${text.trim() === "" ? "" : eol}components:`;
  const { text: item, entry } = inserted(text, text.length, text.length, asItem(text, component, INDENT));
  return { start: text.length, end: text.length, text: `${head}${item}${eol}`, entry: entry + head.length };
}

/** The lines of an entry, which begin with the end of the line before. */
function asItem(text: string, component: NewComponent, indent: number): string {
  const lines = stringify([component], replacer, { indent: INDENT, lineWidth: 0, compat: "yaml-1.1" }).trimEnd().split("\n");
  return lines.map((line) => `${eolOf(text)}${" ".repeat(indent)}${line}`).join("");
}

function inserted(text: string, start: number, end: number, added: string): Insertion {
  return { start, end, text: added, entry: start + eolOf(text).length };
}

/** What is not said needs no line. */
function replacer(_key: unknown, value: unknown): unknown {
  const isNothing = value === null || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);
  return isNothing ? undefined : value;
}

function lineEndAt(text: string, offset: number): number {
  const found = text.slice(offset).search(/\r?\n/);
  return found === -1 ? text.length : offset + found;
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function refuseForm(text: string, root: YAMLMap): never {
  throw refusal(text, root.range?.[0] ?? 0, "write the file in lines, without braces around it, so that a component can be added");
}

function refusal(text: string, offset: number, problem: string): RefusedError {
  const before = text.slice(0, offset).split("\n");
  const line = before.length;
  const column = Array.from(before.at(-1) ?? "").length + 1;
  return new RefusedError(`${PROJECT_FILE.join("/")} is not valid in line ${line}: ${problem}.`, "project_invalid", { line, column });
}

function isNamed(item: unknown): item is { name: string; kind?: unknown; parent?: unknown; paths?: object | null } {
  return typeof item === "object" && item !== null && typeof (item as { name?: unknown }).name === "string";
}
