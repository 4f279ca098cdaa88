import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Inside } from "../../src/extension";

export const ID = "treadle.treadle";

export async function inside(): Promise<Inside> {
  const extension = vscode.extensions.getExtension<Inside>(ID);
  assert.ok(extension, "the packaged extension is installed");
  return extension.activate();
}

/** Bounded waiting for what no event of the editor announces. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Did not happen: ${what}`);
}

/** Accepts quick picks with their first row until the command is done. */
export async function acceptingFirstRows<T>(command: Thenable<T>): Promise<T> {
  const state = { isDone: false };
  const done = Promise.resolve(command).finally(() => (state.isDone = true));
  await until(() => {
    void vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    return state.isDone;
  }, "the command ends");
  return done;
}
