import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { format } from "node:util";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { Group } from "./processes";
import { REPOSITORY, type World } from "./world";

const HOME = process.env.TREADLE_VSCODE_HOME ?? path.join(REPOSITORY, ".cache", "vscode");
const NODE = path.join(HOME, "node_modules", "treadle-node", "bin", "node");
const ENTRY = path.join(HOME, "node_modules", "code-server", "out", "node", "entry.js");
const PATIENCE_MS = 60_000;
const SIZE = { width: 1360, height: 850 };

/** code-server on loopback with a profile of its own, the packaged extension installed. */
export class CodeServer {
  private readonly profile: string;
  private group: Group | null = null;
  private port = 0;

  constructor(
    private readonly world: World,
    settings: Record<string, unknown> = {},
  ) {
    this.profile = path.join(world.folder, "code");
    this.write("config.yaml", "");
    this.set(settings);
    this.useTreadle(world.treadle);
  }

  /** The window is a remote one: what belongs to a machine is set on the machine. */
  useTreadle(command: string | null, others: Record<string, unknown> = {}): void {
    this.write("user/Machine/settings.json", JSON.stringify({ ...(command === null ? {} : { "treadle.command": command }), ...others }));
  }

  /** The person's own settings, beside those that keep the window quiet; the window takes them at once. */
  set(settings: Record<string, unknown>): void {
    this.write("user/User/settings.json", JSON.stringify({ ...QUIET, ...settings }));
  }

  /** Where an extension keeps what is for all windows. */
  storageOf(extension: string, ...names: string[]): string {
    return path.join(this.profile, "user", "User", "globalStorage", extension, ...names);
  }

  /** Keys of the person's own. */
  bind(key: string, command: string, args: object): void {
    this.write("user/User/keybindings.json", JSON.stringify([{ key, command, args }]));
  }

  install(vsix: string): void {
    const words = [ENTRY, ...this.places(), "--install-extension", vsix, "--force"];
    execFileSync(NODE, words, { env: this.env(), encoding: "utf8", timeout: PATIENCE_MS });
  }

  /**
   * `driver`: honour a page's tests to run in the extension host; it also hides notifications.
   * `trust`: ask whether a folder is trusted, instead of trusting all.
   */
  async start({ driver = false, trust = false } = {}): Promise<void> {
    this.port = await freePort();
    const log = path.join(this.profile, "server.log");
    const words = [
      ...["--bind-addr", `127.0.0.1:${this.port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check"],
      ...["--disable-getting-started-override", "--disable-proxy", "--ignore-last-opened"],
      ...(trust ? [] : ["--disable-workspace-trust"]),
      ...(driver ? ["--vscode-option", "enable-smoke-test-driver"] : []),
    ];
    const group = new Group([NODE, ENTRY, ...this.places(), ...words], { env: this.env(), log });
    this.group = group;
    const end = Date.now() + PATIENCE_MS;
    while (!(await answers(`http://127.0.0.1:${this.port}/healthz`))) {
      if (group.hasEnded || Date.now() > end) {
        throw new Error(`code-server did not start: ${readFileSync(log, "utf8").slice(-4_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(): Promise<void> {
    await this.group?.stop();
    this.group = null;
  }

  async open(browser: Browser, place: string): Promise<Page> {
    const page = await this.page(browser);
    await page.goto(this.address(place), { waitUntil: "commit", timeout: 2 * PATIENCE_MS });
    await page.locator(".monaco-workbench").waitFor({ timeout: 2 * PATIENCE_MS });
    return page;
  }

  /** Runs a module's `run()` inside the extension host; resolves to its exit code. */
  async runInside(browser: Browser, folder: string, empty: string, tests: string, say: (line: string) => void): Promise<number> {
    const page = await this.page(browser);
    const inside = (file: string): string => `vscode-remote://127.0.0.1:${this.port}${file}`;
    const payload = [
      ["extensionDevelopmentPath", inside(empty)],
      ["extensionTestsPath", inside(tests)],
    ];
    const ended = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error("The extension host did not end its tests.")), 7 * PATIENCE_MS).unref();
      void page.exposeFunction("codeAutomationExit", resolve);
    });
    await page.exposeFunction("codeAutomationLog", (_type: string, words: unknown[]) => say(format(...words)));
    await page.goto(`${this.address(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    try {
      return await ended;
    } finally {
      await page.context().close();
    }
  }

  private write(name: string, text: string): void {
    const file = path.join(this.profile, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  private async page(browser: Browser): Promise<Page> {
    const page = await (await browser.newContext({ viewport: SIZE, colorScheme: "dark" })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return page;
  }

  private address(place: string): string {
    const kind = place.endsWith(".code-workspace") ? "workspace" : "folder";
    return `http://127.0.0.1:${this.port}/?${kind}=${encodeURIComponent(place)}`;
  }

  private places(): string[] {
    const { profile } = this;
    return [
      ...["--config", path.join(profile, "config.yaml")],
      ...["--user-data-dir", path.join(profile, "user"), "--extensions-dir", path.join(profile, "extensions")],
    ];
  }

  private env(): NodeJS.ProcessEnv {
    return { ...this.world.env, EXTENSIONS_GALLERY: "{}" };
  }
}

const QUIET = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "files.autoSave": "off",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "terminal.integrated.gpuAcceleration": "off",
  "window.commandCenter": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
}

const OPENING_MS = 5_000;
const OPENINGS = 5;

/** Runs a command by its full title. */
export function palette(page: Page, title: string): Promise<void> {
  return chooseOf(page, "F1", `>${title}`, title);
}

async function chooseOf(page: Page, key: string, typed: string, wanted: string): Promise<void> {
  // What the editor does just now, such as to give the focus to another part, closes the palette; and it lists what could be
  // done when it was opened, which may be less than a moment later. Then once more.
  for (let attempt = 1; ; attempt += 1) {
    await page.keyboard.press(key);
    try {
      await page.locator(".quick-input-widget input").first().fill(typed, { timeout: OPENING_MS });
      await row(page, wanted).click({ timeout: OPENING_MS });
      return;
    } catch (error) {
      if (attempt === OPENINGS) {
        throw error;
      }
      await closeQuickInput(page);
    }
  }
}

/** Escape would go to the terminal when it is closed already. */
async function closeQuickInput(page: Page): Promise<void> {
  const input = page.locator(".quick-input-widget input").first();
  if (await input.isVisible()) {
    await input.press("Escape");
  }
}

/** Chooses a row of the quick input that is open. */
export async function pick(page: Page, text: string): Promise<void> {
  const wanted = row(page, text);
  await wanted.waitFor();
  // The hover of a row that came to lie below the mouse covers its neighbours.
  await page.mouse.move(2, 2);
  await page.locator(".monaco-hover:visible").first().waitFor({ state: "detached" });
  await wanted.click();
}

function row(page: Page, text: string): Locator {
  return page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
}

/** Opens a file of the folder by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await chooseOf(page, "Control+P", name, name);
  await page.locator(".tabs-container .tab", { hasText: name }).waitFor();
}

export function pageInside(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview").frameLocator("iframe#active-frame");
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
