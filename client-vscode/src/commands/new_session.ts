import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { OpenedProject } from "../daemon/project";
import type { SessionTypeView } from "../protocol";
import {
  type DescriptionOption,
  descriptionOption,
  inOrderOfEase,
  problemOfDescription,
  titleOfDescription,
} from "../sessions/description_option";
import type { Surroundings } from "./surroundings";

/** What a keybinding may have chosen already. */
export interface NewSessionChoice {
  readonly type?: string;
  /** What is to be done, for a type that asks for it. */
  readonly description?: string;
}

const EXAMPLE = "add a --json flag to the report command";

/** What a person wants of a new session. */
interface Wish {
  readonly type: SessionTypeView;
  readonly componentId: number | null;
  readonly description: string | null;
  readonly startsAtOnce: boolean;
}

/**
 * Asks for a type and what it needs (a component, a description), makes the session and shows it; one that was
 * described may start at once. Resolves to its id, or nothing when left.
 */
export async function newSession(surroundings: Surroundings, argument: unknown): Promise<number | undefined> {
  const { daemon, names } = surroundings;
  const choice = choiceOf(argument);
  surroundings.needDaemon();
  const [project, types] = await Promise.all([
    surroundings.openProject(),
    daemon.call("sessionType/list", {}).then((answer) => answer.data),
  ]);
  names.addComponents(project.components);
  const wish = await ask(types, project, choice);
  if (wish === undefined) {
    return undefined;
  }
  const { description } = wish;
  const { session } = await daemon.call("session/create", {
    type: wish.type.id,
    componentId: wish.componentId,
    projectId: project.id,
    root: project.root,
    environment: "vscode",
    executionMode: "agentic",
    ...(description === null ? {} : { title: titleOfDescription(description), options: { description } }),
  });
  surroundings.showTimeline(session.id);
  if (wish.startsAtOnce) {
    await surroundings.runInBackground(session.id);
  }
  return session.id;
}

async function ask(types: readonly SessionTypeView[], project: OpenedProject, choice: NewSessionChoice): Promise<Wish | undefined> {
  const suitable = choice.description === undefined ? types : types.filter((one) => descriptionOption(one) !== null);
  const type = suitable.find(({ id }) => id === choice.type) ?? (await pickType(suitable));
  if (type === undefined) {
    return undefined;
  }
  const component = type.needsComponent ? await pickComponent(type, project) : null;
  if (component === undefined) {
    return undefined;
  }
  const componentId = component?.id ?? null;
  const option = descriptionOption(type);
  if (option === null) {
    return { type, componentId, description: null, startsAtOnce: false };
  }
  const description = await describe(type, option, choice.description);
  const startsAtOnce = description === undefined ? undefined : await pickStart(type);
  return description === undefined || startsAtOnce === undefined ? undefined : { type, componentId, description, startsAtOnce };
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
          title: `New Session: ${type.title}`,
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
    { title: `New Session: ${type.title}`, placeHolder: "Start it now?", ignoreFocusOut: true },
  );
  return picked?.startsAtOnce;
}

async function pickComponent(type: SessionTypeView, { components, root }: OpenedProject) {
  if (components.length === 0) {
    void offerToDeclare(root);
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    components.map((component) => ({ label: component.name, description: component.kind, component })),
    { title: `New Session: ${type.title}`, placeHolder: "Component of the project" },
  );
  return picked?.component;
}

async function offerToDeclare(root: string): Promise<void> {
  const show = "Open Project File";
  const sentence = "This project declares no components. Name them in .treadle/project.yaml; `treadle init` writes one.";
  if ((await vscode.window.showWarningMessage(sentence, show)) === show) {
    const file = vscode.Uri.joinPath(vscode.Uri.file(root), ".treadle", "project.yaml");
    await vscode.commands.executeCommand("vscode.open", file);
  }
}
