import type { Daemon } from "../daemon/client";
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
        this.addComponents(state.project?.components ?? []);
        this.readTypes().catch((error: unknown) => this.problems.emit(error));
      }
    });
  }

  addComponents(components: readonly { id: number; name: string }[]): void {
    components.forEach(({ id, name }) => this.components.set(id, name));
    this.changes.emit(undefined);
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async readTypes(): Promise<void> {
    const { data } = await this.daemon.call("sessionType/list", {});
    for (const type of data) {
      this.sessionTypes.set(type.id, type);
      this.types.set(type.id, type.title);
    }
    this.changes.emit(undefined);
  }
}
