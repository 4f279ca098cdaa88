import * as vscode from "vscode";
import type { JsonValue } from "../protocol";
import { type Parameter, problemOfValue, textOf, valueOf } from "../sessions/parameters";

/** The values that a person gives; what was not asked for keeps its default. Undefined: the person left. */
export async function askParameters(
  title: string,
  parameters: readonly Parameter[],
): Promise<Record<string, JsonValue> | undefined> {
  const required = parameters.filter(({ isRequired }) => isRequired);
  const others = parameters.filter(({ isRequired }) => !isRequired);
  const values = await valuesOf(title, required);
  if (values === undefined || others.length === 0) {
    return values;
  }
  const asksOthers = await pickWhetherToAsk(title, others);
  if (asksOthers === undefined) {
    return undefined;
  }
  const more = asksOthers ? await valuesOf(title, others) : {};
  return more === undefined ? undefined : { ...values, ...more };
}

async function valuesOf(title: string, parameters: readonly Parameter[]): Promise<Record<string, JsonValue> | undefined> {
  const values: [string, JsonValue][] = [];
  for (const [index, parameter] of parameters.entries()) {
    const place = parameters.length === 1 ? title : `${title} (${index + 1}/${parameters.length})`;
    const value = await askValue(place, parameter);
    if (value === undefined) {
      return undefined;
    }
    values.push([parameter.name, value]);
  }
  return Object.fromEntries(values);
}

function askValue(title: string, parameter: Parameter): Promise<JsonValue | undefined> {
  const { kind, choices } = parameter;
  return kind === "boolean" || kind === "choice"
    ? pickValue(title, parameter, kind === "boolean" ? ["true", "false"] : choices)
    : typeValue(title, parameter);
}

/** The default stands first: Enter takes it. */
async function pickValue(title: string, parameter: Parameter, choices: readonly string[]): Promise<JsonValue | undefined> {
  const usual = textOf(parameter.fallback);
  const values = parameter.isNullable ? ["", ...choices] : choices;
  const inOrder = [...values.filter((value) => value === usual), ...values.filter((value) => value !== usual)];
  const picked = await vscode.window.showQuickPick(
    inOrder.map((value) => ({ label: value || "No value", ...(value === usual ? { description: "default" } : {}), value })),
    { title, placeHolder: promptOf(parameter), ignoreFocusOut: true },
  );
  return picked === undefined ? undefined : valueOf(picked.value, parameter);
}

async function typeValue(title: string, parameter: Parameter): Promise<JsonValue | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: promptOf(parameter),
    value: textOf(parameter.fallback),
    ignoreFocusOut: true,
    validateInput: (typed) => problemOfValue(typed, parameter),
  });
  return text === undefined ? undefined : valueOf(text, parameter);
}

function promptOf({ name, kind, about }: Parameter): string {
  const how = kind === "list" ? " Divided by commas." : "";
  return about === null ? `${name}${how === "" ? "" : `:${how.toLowerCase()}`}` : `${name}: ${about}${how}`;
}

async function pickWhetherToAsk(title: string, parameters: readonly Parameter[]): Promise<boolean | undefined> {
  const defaults = parameters.map(({ name, fallback }) => `${name} = ${textOf(fallback) || "nothing"}`).join(", ");
  const picked = await vscode.window.showQuickPick(
    [
      { label: "Use the defaults", iconPath: new vscode.ThemeIcon("check"), detail: defaults, asks: false },
      { label: "Choose parameters…", iconPath: new vscode.ThemeIcon("edit"), detail: "One after the other.", asks: true },
    ],
    { title, placeHolder: "The other parameters have defaults", ignoreFocusOut: true },
  );
  return picked?.asks;
}
