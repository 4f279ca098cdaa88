import * as vscode from "vscode";
import type { AskView } from "../protocol";
import type { AskList, ClosedAsk } from "../sessions/ask_list";
import { endOf, isWholeIn, PERMISSION, plainly, shortAsk } from "../sessions/ask_words";

const LINE = 200;
/** More at once are told in one sentence. */
const MOST = 3;
const ANSWER = "Answer…";
const SHOW = "Show…";

/**
 * Tells a person of what waits for an answer, once, where they can give it: in a window that has the focus. Others come
 * up when it gets it.
 */
export class AskAnnouncements implements vscode.Disposable {
  private readonly announced = new Set<number>();
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    private readonly asks: AskList,
    private readonly report: (error: unknown) => void,
  ) {
    this.disposables = [
      asks.changes.listen(() => this.look()),
      asks.closed.listen((closed) => this.tellEnd(closed)),
      vscode.window.onDidChangeWindowState(() => this.look()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.look()),
    ];
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private look(): void {
    // In a folder that is not trusted nobody can answer.
    if (!vscode.window.state.focused || !vscode.workspace.isTrusted) {
      return;
    }
    const fresh = this.asks.asks.filter(({ id }) => !this.announced.has(id));
    fresh.forEach(({ id }) => this.announced.add(id));
    const telling = fresh.length > MOST ? [this.announceAll(fresh.length)] : fresh.map((ask) => this.announce(ask));
    Promise.all(telling).catch(this.report);
  }

  private async announceAll(count: number): Promise<void> {
    const chosen = await vscode.window.showInformationMessage(`${count} asks of Treadle's sessions wait for an answer.`, SHOW);
    if (chosen === SHOW) {
      await vscode.commands.executeCommand("treadle.asks.focus");
    }
  }

  private async announce(ask: AskView): Promise<void> {
    const short = shortAsk(ask, LINE);
    const what = ask.kind === "permission" ? "asks for permission" : "asks";
    const buttons = buttonsOf(ask, short);
    const message = plainly(`Session ${ask.sessionId} ${what}: ${short}`);
    const chosen = await vscode.window.showInformationMessage(message, ...buttons.keys());
    const command = chosen === undefined ? undefined : buttons.get(chosen);
    if (command !== undefined) {
      await vscode.commands.executeCommand(command.name, { ask, ...(command.answer === undefined ? {} : { answer: command.answer }) });
    }
  }

  /** A message cannot be taken back; who was told of the ask is told that it is over. */
  private tellEnd({ ask, isHere }: ClosedAsk): void {
    if (!isHere && this.announced.delete(ask.id) && ask.status !== "withdrawn") {
      void vscode.window.showInformationMessage(plainly(endOf(ask)));
    }
  }
}

interface Chosen {
  readonly name: string;
  readonly answer?: string;
}

/** What nobody has seen whole is not allowed by a button beside a part of it. */
function buttonsOf(ask: AskView, short: string): Map<string, Chosen> {
  if (ask.kind === "question") {
    return new Map([[ANSWER, { name: "treadle.answer" }]]);
  }
  const isPermission = ask.kind === "permission";
  const offered = ask.options.filter(({ name }) => !isPermission || name === PERMISSION.deny || (name === PERMISSION.allow && isWholeIn(ask, short)));
  const buttons = new Map<string, Chosen>();
  offered.slice(0, MOST).forEach(({ name, title }) => buttons.set(title, { name: "treadle.answer", answer: name }));
  return buttons.set(SHOW, { name: "treadle.showAsk" });
}
