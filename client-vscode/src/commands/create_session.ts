import type { OpenedProject } from "../daemon/project";
import type { JsonValue, SessionHead, SessionTypeView } from "../protocol";
import { titleOfDescription } from "../sessions/description_option";
import type { LastUsed } from "../sessions/last_used";
import { parametersOf } from "../sessions/parameters";
import { askParameters } from "./ask_parameters";
import { pickComponent } from "./pick_component";
import type { Surroundings } from "./surroundings";

/** What a person wants of a new session. */
export interface Wish {
  readonly type: string;
  readonly componentId: number | null;
  readonly options: Record<string, JsonValue>;
  readonly start: Start;
}

/** Who works with the agent, and whether it begins at once. */
export interface Start {
  readonly mode: SessionHead["executionMode"];
  readonly atOnce: boolean;
}

/** Asks what a workflow of the project needs: a component, parameters. Undefined: the person left. */
export async function askOfWorkflow(
  title: string,
  type: SessionTypeView,
  project: OpenedProject,
  { lastUsed, given = {} }: { lastUsed: LastUsed; given?: Record<string, JsonValue> },
): Promise<Omit<Wish, "start"> | undefined> {
  const component = type.needsComponent ? await pickComponent(title, project, lastUsed) : null;
  if (component === undefined) {
    return undefined;
  }
  const parameters = parametersOf(type).filter(({ name }) => !Object.hasOwn(given, name));
  const options = await askParameters(title, parameters);
  return options === undefined ? undefined : { type: type.id, componentId: component?.id ?? null, options: { ...given, ...options } };
}

/** Makes the session, shows it, and starts it if that is wished. */
export async function createSession(surroundings: Surroundings, project: OpenedProject, wish: Wish): Promise<number> {
  const { description } = wish.options;
  const { session } = await surroundings.daemon.call("session/create", {
    type: wish.type,
    componentId: wish.componentId,
    projectId: project.id,
    root: project.root,
    environment: "vscode",
    executionMode: wish.start.mode,
    ...(typeof description === "string" && description.trim() !== "" ? { title: titleOfDescription(description) } : {}),
    ...(Object.keys(wish.options).length === 0 ? {} : { options: wish.options }),
  });
  surroundings.showTimeline(session.id);
  await surroundings.sessions.put(session);
  await surroundings.reveal(session.id);
  if (wish.start.atOnce) {
    await surroundings.run(session);
  }
  return session.id;
}
