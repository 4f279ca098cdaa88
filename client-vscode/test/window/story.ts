import { mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { CodeServer, launchChromium, pageInside } from "../vscode/code_server";
import { REPOSITORY, World } from "../vscode/world";

const SCREENSHOTS = path.join(REPOSITORY, "build", "screenshots");
const VSIX = path.join(REPOSITORY, "build", "treadle.vsix");

/** A person in front of one window: what they have, and what they see. */
export class Scene {
  private constructor(
    readonly world: World,
    readonly code: CodeServer,
    readonly browser: Browser,
    public page: Page,
  ) {}

  static async open(script: string, prepare: (project: string, code: CodeServer) => void = () => undefined): Promise<Scene> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const world = new World(script);
    const code = new CodeServer(world);
    const browser = await launchChromium();
    try {
      prepare(world.project, code);
      code.install(VSIX);
      await code.start();
      return new Scene(world, code, browser, await code.open(browser, world.project));
    } catch (error) {
      await endAll(world, code, browser);
      throw error;
    }
  }

  end(): Promise<void> {
    return endAll(this.world, this.code, this.browser);
  }

  photograph(name: string): Promise<unknown> {
    return this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** The box of a quick pick, or of an input. */
  get input(): Locator {
    return this.page.locator(".quick-input-widget input").first();
  }

  /** Of the view at the side. */
  row(text: string | RegExp): Locator {
    return this.page.locator(".pane-body .monaco-list-row", { hasText: text });
  }

  /** The timeline's page. */
  get timeline(): FrameLocator {
    return pageInside(this.page);
  }

  step(name: string): Locator {
    return this.timeline.locator("#steps > li", { hasText: name });
  }
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
    test(title, { timeout: 360_000 }, async (context) => {
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
