import * as vscode from "vscode";
import { DaemonClient, type Opened } from "./daemon/client";
import type { ClientIdentity } from "./daemon/connection";
import { Gateway } from "./daemon/gateway";
import { runProgram } from "./daemon/program";
import { RestrictedGateway } from "./daemon/restricted_gateway";
import { loginEnvironment } from "./executors/login_environment";
import { ProgramFinder } from "./program_finder";
import { ProjectChoice, requireTrust } from "./project_choice";
import { identityOf, workspaceFolders } from "./settings";

const OF_DAEMON = ["treadle.command", "treadle.python", "treadle.dataDir"];

export interface WayToDaemon {
  readonly daemon: DaemonClient;
  readonly programs: ProgramFinder;
  readonly projects: ProjectChoice;
  readonly identity: ClientIdentity;
}

/** From the program, which may have to be set up first, to the connection. */
export function wayToDaemon(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): WayToDaemon {
  let known: Promise<NodeJS.ProcessEnv> | undefined;
  const programs = new ProgramFinder(context, () => (known ??= loginEnvironment(process.env)), log);
  const program = () => programs.forEditor();
  const identity = identityOf(context.workspaceState);
  const tell = (sentence: string): void => log.info(sentence);
  const trusted = new Gateway(program, identity, workspaceFolders, tell);
  const restricted = new RestrictedGateway(new Gateway(() => programs.forLooking(), identity, () => [], tell), identity, workspaceFolders);
  const daemon = new DaemonClient((mayStart) => asTrusted({ trusted, restricted }, mayStart));
  programs.installing.listen((isInstalling) => daemon.installing(isInstalling));
  return { daemon, programs, projects: new ProjectChoice(daemon, program), identity };
}

/** Asks the daemon to end, for everybody; sessions wait at their step, and what runs in the background comes back to the next one. */
export async function restartDaemon(daemon: DaemonClient, programs: ProgramFinder): Promise<void> {
  requireTrust();
  const options = { location: vscode.ProgressLocation.Window, title: "Restarting the Treadle daemon …" };
  await vscode.window.withProgress(options, async () => {
    await runProgram(await programs.forEditor(), ["stop"]);
    daemon.restart();
    await daemon.ready();
  });
}

/** Trust may come meanwhile: then it is done again. */
async function asTrusted({ trusted, restricted }: { trusted: Gateway; restricted: RestrictedGateway }, mayStart: boolean): Promise<Opened> {
  const { isTrusted } = vscode.workspace;
  const opened = await (isTrusted ? trusted : restricted).open(mayStart);
  if (isTrusted !== vscode.workspace.isTrusted) {
    opened.connection.close();
  }
  return opened;
}

/** Connects, also in a folder that is not trusted, and anew when it would come to another daemon or other projects. */
export function followWindow(daemon: DaemonClient): vscode.Disposable[] {
  daemon.start();
  return [
    vscode.workspace.onDidGrantWorkspaceTrust(() => daemon.restart()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => daemon.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (OF_DAEMON.some((name) => change.affectsConfiguration(name))) {
        daemon.restart();
      }
    }),
  ];
}
