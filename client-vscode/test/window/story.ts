import { mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { CodeServer, launchChromium, pageInside } from "../vscode/code_server";
import { type Furnishing, REPOSITORY, World } from "../vscode/world";

const SCREENSHOTS = path.join(REPOSITORY, "build", "screenshots");
const VSIX = path.join(REPOSITORY, "build", "treadle.vsix");

/** By name: the editor's own, and what it calls a window in such colours. */
export const THEMES = {
  dark: { id: "Default Dark Modern", base: "vs-dark" },
  light: { id: "Default Light Modern", base: "vs" },
  contrast: { id: "Default High Contrast", base: "hc-black" },
} as const;
/** In pixels. */
export const WIDTHS = { narrow: 760, wide: 1_360 } as const;

type Prepare = (project: string, code: CodeServer, world: World) => void;

/** A person in front of one window: what they have, and what they see. */
export class Scene {
  private constructor(
    readonly world: World,
    readonly code: CodeServer,
    readonly browser: Browser,
    public page: Page,
  ) {}

  static async open(script: string, prepare: Prepare = () => undefined, furnishing: Furnishing = {}): Promise<Scene> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const world = new World(script, furnishing);
    const code = new CodeServer(world);
    const browser = await launchChromium();
    try {
      prepare(world.project, code, world);
      code.install(VSIX);
      await code.start();
      return new Scene(world, code, browser, await code.open(browser, world.place));
    } catch (error) {
      await endAll(world, code, browser);
      throw error;
    }
  }

  end(): Promise<void> {
    return endAll(this.world, this.code, this.browser);
  }

  /** The same in another window. */
  async openAnother(): Promise<Page> {
    return this.code.open(this.browser, this.world.place);
  }

  photograph(name: string, page = this.page): Promise<unknown> {
    return page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** The box of a quick pick, or of an input. */
  get input(): Locator {
    return this.page.locator(".quick-input-widget input").first();
  }

  /** Of the view at the side. */
  row(text: string | RegExp, page = this.page): Locator {
    return page.locator(".pane-body .monaco-list-row", { hasText: text });
  }

  /** A step below its session there. */
  stepRow(name: string): Locator {
    return this.page.locator('.pane-body .monaco-list-row[aria-label^="Step "]', { hasText: name });
  }

  /** Chooses an item of a row's menu. */
  async menu(row: Locator, item: string): Promise<void> {
    await row.click({ button: "right" });
    // A menu takes no click in its first moment, lest the one that opened it chooses something.
    await this.page.locator(".monaco-menu .action-item", { hasText: item }).first().hover();
    await this.page.keyboard.press("Enter");
  }

  /** A question that has to be answered first. */
  get dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  async showSide(page = this.page): Promise<void> {
    await page.locator(".activitybar .action-item", { has: page.locator('[aria-label^="Treadle"]') }).click();
  }

  toast(text: string | RegExp, page = this.page): Locator {
    return page.locator(".notification-toast", { hasText: text });
  }

  /** The text of the terminal that is shown, as far as it is on the screen. */
  terminal(text: string | RegExp, page = this.page): Locator {
    return page.locator(".xterm-rows", { hasText: text }).filter({ visible: true }).first();
  }

  /** What takes the keys of the terminal that is shown. */
  get shell(): Locator {
    return this.page.locator(".xterm").filter({ visible: true }).first().locator(".xterm-helper-textarea");
  }

  /** Loads the window again as soon as the editor has written down that it has such a tab: it does that now and then. */
  async reloadWith(tab: string): Promise<void> {
    await this.page.waitForFunction(hasKept, tab, { polling: 200 });
    await this.page.reload();
  }

  /** The timeline's page. */
  get timeline(): FrameLocator {
    return pageInside(this.page);
  }

  /** All that is shown of a step: its head, and what is in it. */
  step(name: string): Locator {
    return this.timeline.locator(`#steps article[data-step="${name}"]`);
  }

  head(name: string): Locator {
    return this.timeline.locator(`#steps article.step[data-step="${name}"]`);
  }

  /** What the line of the workflow says of a step that has ended well; its head may be out of sight, and so not in the page. */
  done(name: string): Locator {
    return this.timeline.locator("#header .path li.tone-ok", { has: this.page.locator("button.name", { hasText: new RegExp(`^${name}$`) }) });
  }

  async openStep(name: string): Promise<void> {
    if ((await this.timeline.locator(`#steps article.inside[data-step="${name}"]`).count()) === 0) {
      // Its head may be out of sight, and so not in the page: the line of the workflow leads there.
      await this.timeline.locator("#header .path button.name", { hasText: new RegExp(`^${name}$`) }).click();
    }
  }
}

/** In the window: what it would have again. */
async function hasKept(tab: string): Promise<boolean> {
  const found = await indexedDB.databases();
  for (const name of found.flatMap((each) => (each.name?.startsWith("vscode-web-state-db") ? [each.name] : []))) {
    const kept = await new Promise<unknown>((resolve) => {
      const opening = indexedDB.open(name);
      opening.onerror = () => resolve(null);
      opening.onsuccess = () => {
        const { result: database } = opening;
        const reading = database.transaction("ItemTable").objectStore("ItemTable").get("memento/workbench.parts.editor");
        reading.onerror = () => resolve(null);
        reading.onsuccess = () => resolve(reading.result);
        database.close();
      };
    });
    if (typeof kept === "string" && kept.includes(tab)) {
      return true;
    }
  }
  return false;
}

async function endAll(world: World, code: CodeServer, browser: Browser): Promise<void> {
  await browser.close();
  await code.stop();
  await world.end();
}

/** The parts of one story, in order. It ends where it breaks; what the window looked like then is kept. */
export class Story {
  private readonly parts: [name: string, tell: () => Promise<void>][] = [];

  part(name: string, tell: () => Promise<void>): void {
    this.parts.push([name, tell]);
  }

  tell(title: string, scene: () => Scene): void {
    test(title, { timeout: 600_000 }, async (context) => {
      const state = { isBroken: false };
      for (const [name, tell] of this.parts) {
        await context.test(name, async () => {
          try {
            await tell();
          } catch (error) {
            state.isBroken = true;
            await scene().photograph("failed");
            throw error;
          }
        });
        if (state.isBroken) {
          break;
        }
      }
    });
  }
}
