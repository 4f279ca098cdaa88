import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { palette, pick } from "../vscode/code_server";
import type { World } from "../vscode/world";
import type { Scene } from "./story";

const HOLDING = `\
name: holding
title: Hold until told
steps:
  hold:
    run: [sh, -c, "echo ran >> ran.txt; while [ ! -e go.txt ]; do sleep 0.1; done"]
`;

/** A workflow whose only step says that it runs, and ends when the test lets it. */
export class Holding {
  private readonly ran: string;
  private readonly go: string;

  constructor(project: string) {
    this.ran = path.join(project, "ran.txt");
    this.go = path.join(project, "go.txt");
    writeWorkflow(project, "holding", HOLDING);
  }

  get times(): number {
    return existsSync(this.ran) ? readFileSync(this.ran, "utf8").split("\n").length - 1 : 0;
  }

  hasRun(times: number): Promise<void> {
    return until(() => this.times >= times, `the step has run ${times} times`);
  }

  letGo(): void {
    writeFileSync(this.go, "");
  }

  /** What runs from now on is held again. */
  holdAgain(): void {
    rmSync(this.go);
  }
}

export function writeWorkflow(project: string, name: string, text: string): void {
  const folder = path.join(project, ".treadle", "workflows");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.yaml`), text);
}

/** What happens outside of the window has no event that a page could wait for. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); ) {
    if (Date.now() > end) {
      throw new Error(`Did not happen within a minute: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A session that a person works at by hand, and that has not begun. */
export async function makeManual(scene: Scene, type: string, component?: string): Promise<void> {
  await palette(scene.page, "Treadle: New Session");
  await scene.page.locator(".quick-input-title", { hasText: "New Session" }).waitFor();
  await scene.input.fill(type);
  await pick(scene.page, type);
  if (component !== undefined) {
    await pick(scene.page, component);
  }
  await pick(scene.page, "Create only");
  await scene.timeline.locator(".pill", { hasText: "not started" }).waitFor();
  await palette(scene.page, "Treadle: Switch Mode");
  await pick(scene.page, component ?? "Hold until told");
  await scene.timeline.locator(".facts", { hasText: /Mode\s*manual/ }).first().waitFor();
}

/** The run of one step has ended: the session's shell is shown and takes the next command, and the window offers it. */
export async function isBack(scene: Scene, sessionId: number, page = scene.page): Promise<void> {
  await scene.terminal(new RegExp(`go on with:[^]*run --session ${sessionId}(?!\\d)[^]*[#$]\\s*$`), page).waitFor();
  await scene.row("Waiting for you", page).waitFor();
}

export async function nextStep(scene: Scene, session: string, page = scene.page): Promise<void> {
  await palette(page, "Treadle: Next Step");
  await pick(page, session);
}

export async function leaveAgent(scene: Scene): Promise<void> {
  await scene.shell.focus();
  await scene.page.keyboard.type("/exit");
  await scene.terminal(/❯\s*\/exit/).waitFor();
  await scene.page.keyboard.press("Enter");
}

/** Steps of the newest session with how they ended, by the record itself. */
export function stepsOf(world: World): [string, string | undefined][] {
  const id = Math.max(...(world.ask("sessions") as { id: number }[]).map((each) => each.id));
  const { interactions } = world.ask("show", String(id)) as { interactions: { step: string; supersededAt: string | null; result: { status: string } | null }[] };
  // A last step is made anew where a file has changed since it was made.
  return interactions.filter(({ supersededAt }) => supersededAt === null).map(({ step, result }) => [step, result?.status]);
}
