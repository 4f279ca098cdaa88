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
import { askOfWorkflow, createSession, type Wish } from "./create_session";
import { pickComponent } from "./pick_component";
import type { Surroundings } from "./surroundings";

/** What a keybinding may have chosen already. */
export interface NewSessionChoice {
  readonly type?: string;
  /** What is to be done, for a type that asks for it. */
  readonly description?: string;
}

const EXAMPLE = "add a --json flag to the report command";

/**
 * Asks for a type and what it needs (a component, a description), makes the session and shows it; one that was
 * described may start at once. Resolves to its id, or nothing when left.
 */
export async function newSession(surroundings: Surroundings, argument: unknown): Promise<number | undefined> {
  const choice = choiceOf(argument);
  surroundings.needDaemon();
  const project = await surroundings.openProject();
  const types = await surroundings.names.typesIn(project);
  const wish = await ask(types, project, choice);
  return wish === undefined ? undefined : createSession(surroundings, project, wish);
}

async function ask(types: readonly SessionTypeView[], project: OpenedProject, choice: NewSessionChoice): Promise<Wish | undefined> {
  const suitable = choice.description === undefined ? types : types.filter((one) => descriptionOption(one) !== null);
  const type = suitable.find(({ id }) => id === choice.type) ?? (await pickType(suitable));
  if (type === undefined) {
    return undefined;
  }
  const isWorkflow = type.definedIn !== null;
  const given = choice.description === undefined ? {} : { description: choice.description };
  const asked = isWorkflow ? await askOfWorkflow(titleOf(type), type, project, given) : await askOfType(type, project, choice);
  if (asked === undefined) {
    return undefined;
  }
  const startsAtOnce = isWorkflow || descriptionOption(type) !== null ? await pickStart(type) : false;
  return startsAtOnce === undefined ? undefined : { ...asked, startsAtOnce };
}

async function askOfType(
  type: SessionTypeView,
  project: OpenedProject,
  choice: NewSessionChoice,
): Promise<Omit<Wish, "startsAtOnce"> | undefined> {
  const component = type.needsComponent ? await pickComponent(titleOf(type), project) : null;
  if (component === undefined) {
    return undefined;
  }
  const asked = { type: type.id, componentId: component?.id ?? null };
  const option = descriptionOption(type);
  if (option === null) {
    return { ...asked, options: {} };
  }
  const description = await describe(type, option, choice.description);
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

async function pickType(types: readonly SessionTypeView[]): Promise<SessionTypeView | undefined> {
  const picked = await vscode.window.showQuickPick(
    inOrderOfEase(types).map((type) => ({ label: type.title, description: type.id, detail: type.description, type })),
    { title: "New Session: what is to be done?", placeHolder: "Type of the session", matchOnDescription: true, matchOnDetail: true },
  );
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
          prompt: option.about ?? "What is to be done, in your words.",
          placeHolder: EXAMPLE,
          value: given,
          // A long sentence is not lost by a look into a file.
          ignoreFocusOut: true,
          validateInput: problem,
        });
  return text?.trim();
}

async function pickStart(type: SessionTypeView): Promise<boolean | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: "Create and run",
        iconPath: new vscode.ThemeIcon("play"),
        detail: "The agent works in this folder, in the background; the timeline shows what it does.",
        startsAtOnce: true,
      },
      {
        label: "Create only",
        iconPath: new vscode.ThemeIcon("add"),
        detail: "Run Session starts it later.",
        startsAtOnce: false,
      },
    ],
    { title: titleOf(type), placeHolder: "Start it now?", ignoreFocusOut: true },
  );
  return picked?.startsAtOnce;
}
