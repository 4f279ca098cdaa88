import type { Row } from "../../webview/messages";
import type { AskView, SessionEventView } from "../protocol";
import type { Extent } from "./blocks";
import { type Command, commandRow, endRow, newOutput, type Output, outputId, outputRow } from "./command_rows";
import { emptyRow, rowOf } from "./event_rows";
import { first } from "./told";
import { type Call, EDITORS, newCall, toolRow } from "./tool_rows";

/** What is made into one row, and of which events. */
export interface RowSource {
  readonly id: string;
  /** Another one when the row says something else. */
  readonly version: string;
  readonly events: readonly SessionEventView[];
  /** Null: there is nothing to say. */
  make(extent: Extent): Row | null;
}

interface Place {
  readonly events: SessionEventView[];
  readonly id: string;
  readonly make: (extent: Extent) => Row | null;
}

/** The rows of a stretch of a step's events, in order: what belongs together is one row, where it began. */
export function rowsOf(events: readonly SessionEventView[], asks: readonly AskView[]): RowSource[] {
  const groups = new Groups();
  events.forEach((event) => groups.add(event));
  return groups.places.map(({ id, events: told, make }) => {
    const ask = openAsk(told, asks);
    const [depth, agent] = groups.standingOf(told[0]);
    return {
      id,
      version: `${told.length}.${told.at(-1)?.id ?? 0}.${depth}.${ask === null ? "" : "asks"}`,
      events: told,
      make: (extent) => {
        const row = make(extent);
        return row === null ? null : { ...row, depth, agent, ask };
      },
    };
  });
}

function openAsk([event]: readonly SessionEventView[], asks: readonly AskView[]): Row["ask"] {
  const ask = event?.data.action === "asked" ? asks.find(({ id }) => id === event.data.ask_id) : undefined;
  return ask === undefined ? null : { id: ask.id, options: ask.options.map(({ name, title }) => ({ name, title })) };
}

class Groups {
  readonly places: Place[] = [];
  private readonly calls = new Map<string, Call & { readonly place: Place }>();
  private readonly commands = new Map<string, Command & { readonly place: Place }>();
  private readonly outputs = new Map<string, Output & { readonly place: Place }>();
  private readonly others = new Map<string, Place & { last: SessionEventView }>();
  private readonly parents = new Map<string, string>();

  add(event: SessionEventView): void {
    const { data, eventType } = event;
    const tool = first(data, ["tool_use_id"]);
    const parent = first(data, ["parent_tool_use_id"]);
    if (tool !== null && parent !== null) {
      this.parents.set(tool, parent);
    }
    if (eventType === "command_output") {
      this.addOutput(event, tool);
    } else if (tool !== null && data.action === undefined && this.addToCall(event, tool)) {
      return;
    } else if (eventType === "command_started" || eventType === "command_completed") {
      this.addToCommand(event);
    } else {
      this.addOther(event);
    }
  }

  /** Below how many sub-agents it happened, and of what sort the last of them is. */
  standingOf(event: SessionEventView | undefined): [depth: number, agent: string | null] {
    const data = event?.data ?? {};
    let depth = 0;
    for (let above = first(data, ["parent_tool_use_id"]) ?? undefined; above !== undefined && depth < 6; above = this.parents.get(above)) {
      depth += 1;
    }
    return [depth, depth === 0 ? null : first(data, ["agent_type"])];
  }

  private addToCall(event: SessionEventView, tool: string): boolean {
    const { eventType } = event;
    const known = this.calls.get(tool);
    if (eventType === "tool_called" || eventType === "tool_result" || ((eventType === "command_started" || eventType === "command_completed") && known !== undefined)) {
      const call = known ?? this.newCall(event, tool);
      call.place.events.push(event);
      const part = { tool_called: "called", tool_result: "result", command_started: "started", command_completed: "completed" } as const;
      call[part[eventType]] = event;
      return true;
    }
    const isOwnFile = (eventType === "file_created" || eventType === "file_modified") && known?.called != null && known.file === null && EDITORS.has(first(known.called.data, ["tool"]) ?? "");
    if (isOwnFile && event.source !== "watcher") {
      known.file = event;
      known.place.events.push(event);
    }
    return isOwnFile && event.source !== "watcher";
  }

  private newCall(event: SessionEventView, tool: string): Call & { readonly place: Place } {
    const place: Place = { id: `t${event.id}`, events: [], make: (extent) => toolRow(call, extent) };
    const call = { ...newCall(event), place };
    this.calls.set(tool, call);
    this.places.push(place);
    return call;
  }

  private addOutput(event: SessionEventView, tool: string | null): void {
    const call = tool === null ? undefined : this.calls.get(tool);
    if (call !== undefined) {
      call.hasOutput = true;
    }
    const id = outputId(event);
    const known = this.outputs.get(id);
    if (known !== undefined) {
      known.pieces.push(event);
      return;
    }
    const output = newOutput(event);
    const place: Place = { id, events: output.pieces, make: (extent) => outputRow(output, extent) };
    this.outputs.set(id, { ...output, place });
    this.places.push(place);
  }

  private addToCommand(event: SessionEventView): void {
    const name = first(event.data, ["execution_id", "tool_use_id"]) ?? "";
    const open = this.commands.get(name);
    if (event.eventType === "command_started") {
      const place: Place = { id: `c${event.id}`, events: [event], make: (extent) => commandRow(command, extent) };
      const command = { started: event, completed: null, place };
      this.commands.set(name, command);
      this.places.push(place);
    } else if (open === undefined) {
      this.places.push({ id: `e${event.id}`, events: [event], make: () => endRow(event) });
    } else {
      open.completed = event;
      open.place.events.push(event);
      this.commands.delete(name);
    }
  }

  /** A hook and its end, a question and its answer: the last one tells. */
  private addOther(event: SessionEventView): void {
    const name = pairOf(event);
    const known = name === null ? undefined : this.others.get(name);
    if (known !== undefined) {
      known.last = event;
      known.events.push(event);
      return;
    }
    const place = { id: `e${event.id}`, events: [event], last: event, make: (extent: Extent): Row => ({ ...rowOf(place.last, extent), id: place.id, at: emptyRow(event).at }) };
    this.places.push(place);
    if (name !== null) {
      this.others.set(name, place);
    }
  }
}

const ASK_DEEDS: ReadonlySet<unknown> = new Set(["asked", "answered", "withdrawn", "expired"]);

function pairOf({ eventType, data }: SessionEventView): string | null {
  if (eventType === "hook_triggered" || eventType === "hook_completed") {
    const hook = first(data, ["hook_id"]);
    return hook === null ? null : `hook ${hook}`;
  }
  return ASK_DEEDS.has(data.action) && typeof data.ask_id === "number" ? `ask ${data.ask_id}` : null;
}
