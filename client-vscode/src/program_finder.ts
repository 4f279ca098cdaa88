import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { DaemonUnavailableError, sentenceOf } from "./daemon/errors";
import { type Program, withDataDir } from "./daemon/program";
import { Signal } from "./daemon/signal";
import { BUTTONS, type Button } from "./installation/advice";
import { type Bundle, bundleIn } from "./installation/bundle";
import { makeEnvironment, programIn } from "./installation/environment";
import { InstallationError } from "./installation/errors";
import { removeOldEnvironments } from "./installation/old_environments";
import { chosenCommand, dataDir, wantedPython } from "./settings";

const PYTHON_PAGE = "https://www.python.org/downloads/";

/** Finds `treadle`: the setting's, a trusted folder's own, the extension's, which is made on first use, or that of the PATH. */
export class ProgramFinder {
  /** Whether the extension's own is being made now. */
  readonly installing = new Signal<boolean>();
  private readonly folder: string;
  private bundle: Promise<Bundle | null> | undefined;
  private making: Promise<string> | null = null;
  private removing: Promise<void> | undefined;
  /** What was found instead when it could not be made; until the window is opened again it stays so. */
  private instead: string | null = null;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly loginEnvironment: () => Promise<NodeJS.ProcessEnv>,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.folder = path.join(context.globalStorageUri.fsPath, "environments");
  }

  /** With the editor's environment: for questions, and for the daemon. */
  async forEditor(): Promise<Program> {
    return withDataDir({ argv: await this.argv(), env: process.env }, dataDir());
  }

  /** What is there already: in a folder that is not trusted nothing is set up. */
  async forLooking(): Promise<Program> {
    return withDataDir({ argv: await this.argv({ mayMake: false }), env: process.env }, dataDir());
  }

  /** With that of a terminal: for what runs the project's commands. */
  async forTerminal(): Promise<Program> {
    return withDataDir({ argv: await this.argv(), env: await this.loginEnvironment() }, dataDir());
  }

  private async argv({ mayMake = true } = {}): Promise<Program["argv"]> {
    const chosen = chosenCommand();
    if (chosen !== null) {
      return chosen;
    }
    const bundle = await (this.bundle ??= bundleIn(path.join(this.context.extensionPath, "dist", "python")));
    if (bundle === null) {
      return [(await this.onPath()) ?? "treadle"];
    }
    const own = programIn(this.folder, bundle);
    if (own !== null) {
      this.removing ??= this.removeOld(bundle);
    }
    const made = own ?? this.instead;
    if (made === null && !mayMake) {
      return [(await this.onPath()) ?? notSetUp()];
    }
    return [made ?? (await (this.making ??= this.made(bundle)))];
  }

  private async removeOld(bundle: Bundle): Promise<void> {
    try {
      await removeOldEnvironments(this.folder, bundle);
    } catch (error) {
      this.log.warn(sentenceOf(error));
    }
  }

  private async made(bundle: Bundle): Promise<string> {
    this.installing.emit(true);
    try {
      return await this.make(bundle);
    } catch (error) {
      this.log.error(sentenceOf(error));
      const other = await this.onPath();
      if (other === null) {
        void this.advise(error);
        throw error;
      }
      this.log.warn(`Using ${other} instead.`);
      this.instead = other;
      return other;
    } finally {
      this.making = null;
      this.installing.emit(false);
    }
  }

  private async make(bundle: Bundle): Promise<string> {
    const { folder } = this;
    const env = await this.loginEnvironment();
    const options = { location: vscode.ProgressLocation.Notification, title: "Setting Treadle up", cancellable: true };
    return vscode.window.withProgress(options, (progress, token) => {
      const cancelling = new AbortController();
      token.onCancellationRequested(() => cancelling.abort());
      return makeEnvironment({
        ...{ folder, bundle, env, wanted: wantedPython(), signal: cancelling.signal },
        onStep: (message) => {
          this.log.info(message);
          progress.report({ message });
        },
        onLine: (line) => this.log.debug(line),
      });
    });
  }

  private async onPath(): Promise<string | null> {
    const { PATH = "" } = await this.loginEnvironment();
    const files = PATH.split(path.delimiter).map((folder) => path.join(folder, "treadle"));
    return files.find((file) => path.isAbsolute(file) && existsSync(file)) ?? null;
  }

  private async advise(error: unknown): Promise<void> {
    const buttons = error instanceof InstallationError ? BUTTONS[error.problem] : (["Try Again", "Show Log"] as const);
    const chosen = await vscode.window.showErrorMessage<Button>(sentenceOf(error), ...buttons);
    switch (chosen) {
      case "Try Again":
        await vscode.commands.executeCommand("treadle.refresh");
        return;
      case "Get Python":
        await vscode.env.openExternal(vscode.Uri.parse(PYTHON_PAGE));
        return;
      case "Open Settings":
        await vscode.commands.executeCommand("treadle.openSettings", "treadle.python");
        return;
      case "Show Log":
        this.log.show();
    }
  }
}

function notSetUp(): never {
  throw new DaemonUnavailableError("Treadle is not set up yet, which is done once this folder is trusted.", "notInstalled");
}
