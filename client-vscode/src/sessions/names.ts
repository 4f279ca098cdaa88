import type { Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";
import { type Disposable, Signal } from "../daemon/signal";
import type { SessionTypeView } from "../protocol";
import type { Names } from "./words";

/** Session types and components by id, read once for each connection. */
export class NameBook implements Names, Disposable {
  readonly changes = new Signal<undefined>();
  readonly problems = new Signal<unknown>();
  readonly sessionTypes = new Map<string, SessionTypeView>();
  readonly types = new Map<string, string>();
  readonly components = new Map<number, string>();
  private readonly listening: Disposable;

  constructor(private readonly daemon: Daemon) {
    this.listening = daemon.states.listen((state) => {
      if (state.kind === "ready") {
        this.typesIn(state.project).catch((error: unknown) => this.problems.emit(error));
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
    this.changes.emit(undefined);
    return data;
  }

  dispose(): void {
    this.listening.dispose();
  }
}
