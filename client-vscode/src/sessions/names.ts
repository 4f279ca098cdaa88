import type { Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";
import { type Disposable, Signal } from "../daemon/signal";
import type { SessionHead, SessionTypeView } from "../protocol";
import { type Names, typeInProject } from "./words";

/** Session types and components by id, read once for each connection. */
export class NameBook implements Names, Disposable {
  readonly changes = new Signal<undefined>();
  readonly problems = new Signal<unknown>();
  readonly sessionTypes = new Map<string, SessionTypeView>();
  readonly types = new Map<string, string>();
  readonly typesOfProjects = new Map<number, ReadonlyMap<string, SessionTypeView>>();
  readonly components = new Map<number, string>();
  private readonly listening: Disposable;

  constructor(private readonly daemon: Daemon) {
    this.listening = daemon.states.listen((state) => {
      if (state.kind === "ready") {
        const { projects } = state;
        Promise.all((projects.length === 0 ? [null] : projects).map((each) => this.typesIn(each))).catch((error: unknown) => this.problems.emit(error));
      }
    });
  }

  /** What a session can be of now: the installed types, and the project's workflows. */
  async typesIn(project: OpenedProject | null): Promise<readonly SessionTypeView[]> {
    project?.components.forEach(({ id, name }) => this.components.set(id, name));
    const { data } = await this.daemon.call("sessionType/list", { projectId: project?.id ?? null });
    for (const type of data) {
      this.sessionTypes.set(type.id, type);
      this.types.set(type.id, type.title);
    }
    if (project !== null) {
      this.typesOfProjects.set(project.id, new Map(data.map((type) => [type.id, type])));
    }
    this.changes.emit(undefined);
    return data;
  }

  typeOf({ type, projectId }: SessionHead): SessionTypeView | undefined {
    return typeInProject(this, projectId, type) ?? this.sessionTypes.get(type);
  }

  dispose(): void {
    this.listening.dispose();
  }
}
