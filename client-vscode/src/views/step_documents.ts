import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { sentenceOf } from "../daemon/errors";
import type { InteractionView } from "../protocol";
import { pathOfStep, stepEditOf, stepOfPath, stepTextOf } from "../sessions/step_text";
import { SingleFiles } from "./single_files";

const SCHEME = "treadle-step";

/** The command of a step that waits, as a file in an editor: saving it changes the step. */
export class StepDocuments extends SingleFiles {
  /** When each was saved here last. */
  private readonly saved = new Map<string, number>();

  constructor(private readonly daemon: Daemon) {
    super(SCHEME, { isReadonly: false });
  }

  /** Whether there is something of it to change. */
  async show(step: InteractionView): Promise<boolean> {
    const text = stepTextOf(step.command);
    if (text === null) {
      return false;
    }
    await vscode.window.showTextDocument(vscode.Uri.from({ scheme: SCHEME, path: pathOfStep(step, text) }), { preview: false });
    return true;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const step = await this.stepOf(uri);
    const ctime = Date.parse(step.insertedAt);
    return { type: vscode.FileType.File, ctime, mtime: this.saved.get(uri.path) ?? ctime, size: bytesOf(step).length };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return bytesOf(await this.stepOf(uri));
  }

  /** What is refused, say since the step runs by now, leaves the editor unsaved and says why. */
  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const { id: interactionId, sessionId, command } = await this.stepOf(uri);
    try {
      const edit = stepEditOf(command, new TextDecoder().decode(content));
      await this.daemon.call("interaction/edit", { sessionId, interactionId, ...edit });
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(sentenceOf(error));
    }
    this.saved.set(uri.path, Date.now());
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  private async stepOf(uri: vscode.Uri): Promise<InteractionView> {
    const place = stepOfPath(uri.path);
    if (place !== null) {
      const { pendingInteraction: step } = (await this.daemon.call("session/get", { sessionId: place.sessionId, limit: 1 })).session;
      if (step?.id === place.interactionId) {
        return step;
      }
    }
    throw vscode.FileSystemError.FileNotFound("This step does not wait any more.");
  }
}

function bytesOf({ command }: InteractionView): Uint8Array {
  return new TextEncoder().encode(stepTextOf(command)?.text ?? "");
}
