import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { OpenedProject } from "../daemon/project";
import type { SessionTypeView } from "../protocol";
import {
  type DescriptionOption,
  descriptionOption,
  inOrderOfEase,
  problemOfDescription,
} from "../sessions/description_option";
import type { LastUsed } from "../sessions/last_used";
import { askOfWorkflow, createSession, type Start, type Wish } from "./create_session";
import { pickComponent } from "./pick_component";
import type { Surroundings } from "./surroundings";

/** What a keybinding may have chosen already. */
export interface NewSessionChoice {
  readonly type?: string;
  /** What is to be done, for a type that asks for it. */
  readonly description?: string;
  /** Begins without a question, as it was begun last. */
  readonly atOnce?: boolean;
}

const EXAMPLE = "add a --json flag to the report command";
const ABOUT = "What is to be done, in your words.";
const BEGINS_IN_BACKGROUND = "The agent begins at once, in the background.";
const BEGINS_IN_TERMINAL = "It begins at once, in a terminal of this window.";

/**
 * Asks for a type and what it needs (a component, a description), makes the session and shows it; one that was
 * described may start at once. Resolves to its id, or nothing when left.
 */
export async function newSession(surroundings: Surroundings, argument: unknown): Promise<number | undefined> {
  const choice = choiceOf(argument);
  surroundings.needDaemon();
  const project = await surroundings.openProject();
  const types = await surroundings.names.typesIn(project);
  const wish = await ask(types, project, choice, surroundings.lastUsed);
  return wish === undefined ? undefined : createSession(surroundings, project, wish);
}

async function ask(
  types: readonly SessionTypeView[],
  project: OpenedProject,
  choice: NewSessionChoice,
  lastUsed: LastUsed,
): Promise<Wish | undefined> {
  const suitable = choice.description === undefined ? types : types.filter((one) => descriptionOption(one) !== null);
  const type = suitable.find(({ id }) => id === choice.type) ?? (await pickType(suitable, lastUsed));
  if (type === undefined) {
    return undefined;
  }
  const isWorkflow = type.definedIn !== null;
  const given = choice.description === undefined ? {} : { description: choice.description };
  const asked = isWorkflow ? await askOfWorkflow(titleOf(type), type, project, { lastUsed, given }) : await askOfType(type, project, choice, lastUsed);
  if (asked === undefined) {
    return undefined;
  }
  const start = choice.atOnce === true ? beginningOf(type, lastUsed) : await pickStart(type, isWorkflow || descriptionOption(type) !== null, lastUsed);
  return start === undefined ? undefined : { ...asked, start };
}

async function askOfType(
  type: SessionTypeView,
  project: OpenedProject,
  choice: NewSessionChoice,
  lastUsed: LastUsed,
): Promise<Omit<Wish, "start"> | undefined> {
  const component = type.needsComponent ? await pickComponent(titleOf(type), project, lastUsed) : null;
  if (component === undefined) {
    return undefined;
  }
  const asked = { type: type.id, componentId: component?.id ?? null };
  const option = descriptionOption(type);
  if (option === null) {
    return { ...asked, options: {} };
  }
  const how = choice.atOnce === true ? ` ${beginningOf(type, lastUsed).mode === "manual" ? BEGINS_IN_TERMINAL : BEGINS_IN_BACKGROUND}` : "";
  const description = await describe(type, { ...option, about: `${option.about ?? ABOUT}${how}` }, choice.description);
  return description === undefined ? undefined : { ...asked, options: { description } };
}

function titleOf({ title }: SessionTypeView): string {
  return `New Session: ${title}`;
}

/** A button or a menu gives what it likes; only what a keybinding names is taken. */
function choiceOf(argument: unknown): NewSessionChoice {
  if (typeof argument !== "object" || argument === null) {
    return {};
  }
  const { type, description } = argument as Record<string, unknown>;
  for (const [name, value] of Object.entries({ type, description })) {
    if (value !== undefined && typeof value !== "string") {
      throw new RefusedError(`The ${name} that the keybinding gives to New Session must be a text.`, "invalid_params");
    }
  }
  return argument;
}

async function pickType(types: readonly SessionTypeView[], lastUsed: LastUsed): Promise<SessionTypeView | undefined> {
  const items = inOrderOfEase(types).map((type) => ({ label: type.title, description: type.id, detail: type.description, type }));
  const picked = await vscode.window.showQuickPick(
    lastUsed.inOrder("type", items, ({ type }) => type.id),
    { title: "New Session: what is to be done?", placeHolder: "Type of the session", matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true },
  );
  if (picked !== undefined) {
    lastUsed.keep("type", picked.type.id);
  }
  return picked?.type;
}

/** One that was given already but cannot be taken stands in the box, to be mended. */
async function describe(type: SessionTypeView, option: DescriptionOption, given = ""): Promise<string | undefined> {
  const problem = (text: string): string | null => problemOfDescription(text, option);
  const text =
    problem(given) === null
      ? given
      : await vscode.window.showInputBox({
          title: titleOf(type),
          prompt: option.about ?? ABOUT,
          placeHolder: EXAMPLE,
          value: given,
          // A long sentence is not lost by a look into a file.
          ignoreFocusOut: true,
          validateInput: problem,
        });
  return text?.trim();
}

interface StartItem extends vscode.QuickPickItem {
  readonly start: Start;
}

const IN_BACKGROUND: StartItem = {
  label: "Create and run",
  iconPath: new vscode.ThemeIcon("play"),
  detail: "The agent works in this folder, in the background; the timeline shows what it does.",
  start: { mode: "agentic", atOnce: true },
};
const IN_TERMINAL: StartItem = {
  label: "Create and work in a terminal",
  iconPath: new vscode.ThemeIcon("terminal"),
  detail: "You work with Claude Code yourself, in a terminal of this window; the record is the same.",
  start: { mode: "manual", atOnce: true },
};
const LATER: StartItem = {
  label: "Create only",
  iconPath: new vscode.ThemeIcon("add"),
  detail: "Run Session starts it later.",
  start: { mode: "agentic", atOnce: false },
};

/** Who has said what is wanted mostly wants it now. */
async function pickStart(type: SessionTypeView, isDescribed: boolean, lastUsed: LastUsed): Promise<Start | undefined> {
  const items = isDescribed ? [IN_BACKGROUND, IN_TERMINAL, LATER] : [LATER, IN_BACKGROUND, IN_TERMINAL];
  const inOrder = lastUsed.inOrder(`start.${type.id}`, items, wordOfStart);
  const picked = await vscode.window.showQuickPick(inOrder, { title: titleOf(type), placeHolder: "Start it now?", ignoreFocusOut: true });
  if (picked !== undefined) {
    lastUsed.keep(`start.${type.id}`, wordOfStart(picked));
  }
  return picked?.start;
}

function wordOfStart({ start }: StartItem): string {
  return start.atOnce ? start.mode : "later";
}

/** A task that is to begin at once is begun where the last one was. */
function beginningOf({ id }: SessionTypeView, lastUsed: LastUsed): Start {
  return lastUsed.get(`start.${id}`) === IN_TERMINAL.start.mode ? IN_TERMINAL.start : IN_BACKGROUND.start;
}
