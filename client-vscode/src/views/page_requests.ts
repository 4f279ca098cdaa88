import path from "node:path";
import * as vscode from "vscode";
import type { Action, FromPage } from "../../webview/messages";
import { onlyProject } from "../daemon/project";
import type { EventType, SessionEventView } from "../protocol";
import type { Search } from "../sessions/event_search";
import { agentStepOf } from "../sessions/groups";
import { wholeTexts } from "../sessions/whole_outputs";
import type { Timeline } from "../sessions/timeline";
import { ESSENTIAL, WHOLE } from "./blocks";
import { FAILURES, typesOf } from "./kinds";
import { isIn, withWhole } from "./row_text";
import { RESULT_ROW } from "./step_page";
import { commandOf } from "./step_summary";
import type { TimelineSurroundings } from "./timeline_surroundings";
import { rowsOf, type RowSource } from "./timeline_rows";

const COMMANDS: Readonly<Record<Action, string>> = {
  run: "treadle.runSession",
  answer: "treadle.answer",
  terminal: "treadle.continueInTerminal",
  background: "treadle.continueInBackground",
  review: "treadle.reviewChanges",
};

/** What the page's requests may change of the page itself. */
export interface Page {
  sourcesOf(stepId: string): readonly RowSource[];
  goTo(stepId: string, rowId: string | null): void;
  found(text: string, isFound: boolean): void;
  /** The page wants to have the step from now on. */
  begin(stepId: string): void;
  forget(stepId: string): void;
}

type Request<K extends FromPage["kind"]> = Extract<FromPage, { kind: K }>;

/** Does what a person asked for on the page. */
export class PageRequests {
  constructor(
    private readonly timeline: Timeline,
    private readonly page: Page,
    private readonly surroundings: TimelineSurroundings,
  ) {}

  async fulfil(message: Exclude<FromPage, { kind: "ready" }>): Promise<unknown> {
    const { timeline } = this;
    switch (message.kind) {
      case "open":
        return this.open(message);
      case "close":
        this.page.forget(message.stepId);
        timeline.close(message.stepId);
        return undefined;
      case "page":
        return timeline.page(message.stepId, message.where);
      case "follow":
        timeline.isFollowed = message.isAtEnd;
        return;
      case "filter":
        return timeline.narrow(typesOf(message.kinds));
      case "find":
        return this.find(message);
      case "nextError":
        return this.nextError(message);
      default:
        return this.act(message);
    }
  }

  private async open({ stepId, from }: Request<"open">): Promise<void> {
    this.page.begin(stepId);
    if (from === "held" && this.timeline.window(stepId) !== undefined) {
      await this.timeline.showHeld(stepId);
    } else {
      const isDone = this.timeline.interactions.some(({ id, completedAt }) => id === stepId && completedAt !== null);
      await this.timeline.open(stepId, from === "held" ? (isDone ? "start" : "end") : from);
    }
  }

  private act(message: Exclude<FromPage, { kind: "ready" | "open" | "close" | "page" | "follow" | "filter" | "find" | "nextError" }>): unknown {
    const { sessionId } = this.timeline;
    const run = (command: string, argument: unknown): unknown => vscode.commands.executeCommand(command, argument);
    switch (message.kind) {
      case "openFile":
        return this.openFile(message);
      case "openRow":
        return this.openRow(message);
      case "openSession":
        return run("treadle.showTimeline", message.sessionId);
      case "openLink":
        return vscode.env.openExternal(vscode.Uri.parse(message.address, true));
      case "act":
        return run(COMMANDS[message.action], sessionId);
      case "answer":
        return run("treadle.answer", { ask: { id: message.askId }, answer: message.answer });
      case "say":
        return this.say(message);
      case "edit":
        return run("treadle.editCommand", sessionId);
      case "copy":
        return this.copy(message.stepId);
    }
  }

  private async find({ text, isForward, stepId, rowId }: Request<"find">): Promise<void> {
    const sought = text.toLowerCase();
    const matches = (event: SessionEventView): boolean => rowsOf([event], []).some((source) => isIn(source.make(ESSENTIAL), sought));
    const found = await this.nearest({ matches, isForward }, this.eventAt(stepId, rowId, isForward), null);
    this.page.found(text, found !== null);
    this.show(found);
  }

  private async nextError({ stepId, rowId }: Request<"nextError">): Promise<void> {
    const matches = (event: SessionEventView): boolean => rowsOf([event], []).some((source) => source.make(ESSENTIAL)?.tone === "error");
    const found = await this.nearest({ matches, isForward: true }, this.eventAt(stepId, rowId, true), FAILURES);
    const failed = this.timeline.interactions.findLast(({ result }) => result?.status === "error");
    this.page.found("an error", found !== null || failed !== undefined);
    if (found === null && failed !== undefined) {
      this.page.goTo(failed.id, null);
    }
    this.show(found);
  }

  /** From where the reader is to the end, and then from the other end. */
  private async nearest(search: Pick<Search, "matches" | "isForward">, from: SessionEventView | null, types: readonly EventType[] | null): Promise<SessionEventView | null> {
    const found = await this.timeline.find({ ...search, from }, types);
    return found === null && from !== null ? this.timeline.find({ ...search, from: null }, types) : found;
  }

  private show(found: SessionEventView | null): void {
    const isFound = ({ id }: SessionEventView): boolean => id === found?.id;
    const stepId = found?.interactionId ?? this.timeline.interludes.all.find(({ events }) => events.some(isFound))?.id;
    if (stepId !== undefined) {
      const row = this.page.sourcesOf(stepId).find(({ events }) => events.some(isFound));
      this.page.goTo(stepId, row?.id ?? null);
    }
  }

  /** The event at which the reader is. */
  private eventAt(stepId: string | null, rowId: string | null, isForward: boolean): SessionEventView | null {
    if (stepId === null) {
      return null;
    }
    const sources = this.page.sourcesOf(stepId);
    const events = sources.find(({ id }) => id === rowId)?.events ?? [];
    return (isForward ? events.at(-1) : events[0]) ?? null;
  }

  private async openRow({ stepId, rowId }: Request<"openRow">): Promise<void> {
    const source = this.page.sourcesOf(stepId).find(({ id }) => id === rowId);
    const row = source?.make(WHOLE);
    if (source === undefined || row == null) {
      return;
    }
    const { daemon, documents } = this.surroundings;
    const { sessionId, interactions } = this.timeline;
    const result = rowId === RESULT_ROW ? interactions.find(({ id }) => id === stepId)?.result : null;
    const holders = result == null ? source.events.map(({ data }) => ({ outputs: data.outputs, holder: data })) : [{ outputs: result.data.outputs, holder: { stdout: result.stdout, stderr: result.stderr } }];
    const texts = await Promise.all(holders.map(({ outputs, holder }) => wholeTexts(daemon, sessionId, outputs, holder, (error) => this.surroundings.report(error))));
    await documents.show(withWhole(row, texts.flat()), `${sessionId}.${stepId}.${rowId}`);
  }

  private async openFile({ path: file, isDiff }: Request<"openFile">): Promise<void> {
    const head = this.timeline.session;
    try {
      if (head !== null && isDiff && (await this.surroundings.showChange(head, file))) {
        return;
      }
      const root = this.root();
      if (root !== undefined) {
        await vscode.window.showTextDocument(vscode.Uri.file(path.resolve(root, file)), { preview: true });
      }
    } catch (error) {
      this.surroundings.report(error);
      void vscode.window.showWarningMessage(`${file} cannot be opened. It may have been deleted since.`);
    }
  }

  private root(): string | undefined {
    const { state } = this.surroundings.daemon;
    const projects = state.kind === "ready" ? state.projects : [];
    return (onlyProject(projects) ?? projects.find(({ id }) => id === this.timeline.session?.projectId))?.root;
  }

  private async say({ text, isInterrupting }: Request<"say">): Promise<void> {
    const step = this.timeline.session === null ? null : agentStepOf(this.timeline.session, Date.now());
    if (step === null) {
      void vscode.window.showInformationMessage("No agent works in this session now, so nobody would read it.");
      return;
    }
    await this.surroundings.daemon.call("interaction/say", { sessionId: step.sessionId, interactionId: step.id, text, interrupt: isInterrupting });
  }

  private async copy(stepId: string): Promise<void> {
    const interaction = this.timeline.interactions.find(({ id }) => id === stepId);
    if (interaction !== undefined) {
      await vscode.env.clipboard.writeText(commandOf(interaction.command.command, interaction.command.metadata));
      vscode.window.setStatusBarMessage("Copied: the command", 3_000);
    }
  }
}
