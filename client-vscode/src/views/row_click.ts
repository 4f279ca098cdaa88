import * as vscode from "vscode";

const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 3_000;

/**
 * What a click on a row of a view does. The command of a row has no arguments: the editor forgets those of a row that is
 * painted anew, and a click in that moment would do nothing. Which row was clicked the selection tells.
 */
export class RowClick<Row> implements vscode.Disposable {
  private readonly registration: vscode.Disposable;

  constructor(
    private readonly view: vscode.TreeView<Row>,
    name: string,
    commandOf: (row: Row) => string,
  ) {
    this.registration = vscode.commands.registerCommand(name, async () => {
      const row = await this.clicked();
      if (row !== undefined) {
        await vscode.commands.executeCommand(commandOf(row), row);
      }
    });
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** While all rows are asked for anew none is known, so none is selected either; there is no event for when they are. */
  private async clicked(): Promise<Row | undefined> {
    const end = Date.now() + PATIENCE_MS;
    while (this.view.selection.length === 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    return this.view.selection[0];
  }
}
