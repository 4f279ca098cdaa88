import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { endAllOf, Group } from "./processes";

export const REPOSITORY = path.resolve(process.cwd(), "..");
const PYTHON = path.join(REPOSITORY, ".venv", "bin", "python");
const TREADLE = path.join(REPOSITORY, ".venv", "bin", "treadle");
const API_KEY = "not-a-real-key";
const OF_THE_PERSON = /^(ANTHROPIC_|CLAUDE_|TREADLE_|XDG_|VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|PORT$)/;

export interface Furnishing {
  /** The folder that the project's is in. */
  readonly folder?: string;
  /** Nothing of Treadle is on the machine yet, nor in the project. */
  readonly isClean?: boolean;
}

/** A person's machine in one scratch folder: home, project, daemon, the real agent with a scripted model. */
export class World {
  readonly folder: string;
  readonly project: string;
  /** What the editor opens: the project's folder, or a file of a workspace. */
  place: string;
  readonly env: NodeJS.ProcessEnv;
  /** `treadle` as the editor is told to call it; null: it has to see for itself. */
  readonly treadle: string | null;
  private readonly model: Group;
  private readonly modelAddress: string;
  private readonly endAll = (): void => {
    endAllOf(this.folder);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  };

  constructor(script: string, { folder = "demo", isClean = false }: Furnishing = {}) {
    this.folder = mkdtempSync(path.join(tmpdir(), "treadle-vscode-"));
    process.once("exit", this.endAll);
    const home = path.join(this.folder, "home");
    mkdirSync(home);
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THE_PERSON.test(name)));
    this.env = { ...own, HOME: home, SHELL: "/bin/bash", TREADLE_DATA_DIR: path.join(this.folder, "data") };
    this.python("-m", "tools.demo", "--prepare-only", "--folder", path.join(this.folder, folder));
    this.project = path.join(this.folder, folder, "calculator");
    this.place = this.project;
    this.treadle = isClean ? null : TREADLE;
    if (isClean) {
      this.forgetTreadle();
    }
    const claude = this.python("-m", "tools.claude_code_cli").trim();
    const { address, model } = this.startModel();
    this.model = model;
    this.modelAddress = address;
    this.useScript(script);
    Object.assign(this.env, {
      TREADLE_CLAUDE: this.writeWrapper(claude),
      CLAUDE_CONFIG_DIR: path.join(home, "claude"),
      ANTHROPIC_API_KEY: API_KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
    });
  }

  /** Claude Code's own UI asks nothing at its first start: it has been here before, and the project is trusted. */
  knowClaude(): void {
    const config = path.join(this.folder, "home", "claude");
    mkdirSync(config, { recursive: true });
    const known = {
      hasCompletedOnboarding: true,
      theme: "dark",
      fullscreenUpsellSeenCount: 99,
      customApiKeyResponses: { approved: [API_KEY.slice(-20)], rejected: [] },
      projects: { [this.project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] } },
    };
    writeFileSync(path.join(config, ".claude.json"), JSON.stringify(known));
  }

  /** What the model says to the agents that are started from now on. */
  useScript(name: string): void {
    writeFileSync(this.addressFile, `${this.modelAddress}/${name}`);
  }

  /** One `treadle … --json` from a terminal. */
  ask(...words: string[]): unknown {
    return JSON.parse(this.tell(...words, "--json"));
  }

  tell(...words: string[]): string {
    return execFileSync(TREADLE, words, { env: this.env, cwd: this.project, encoding: "utf8", timeout: 60_000 });
  }

  async end(): Promise<void> {
    await this.model.stop();
    process.off("exit", this.endAll);
    this.endAll();
  }

  private get addressFile(): string {
    return path.join(this.folder, "model.address");
  }

  git(...words: string[]): string {
    return execFileSync("git", words, { env: this.env, cwd: this.project, encoding: "utf8" });
  }

  private forgetTreadle(): void {
    const folders = (this.env.PATH ?? "").split(path.delimiter);
    this.env.PATH = folders.filter((folder) => !existsSync(path.join(folder, "treadle"))).join(path.delimiter);
    this.git("rm", "-r", "--quiet", ".treadle");
    this.git("commit", "--quiet", "--message", "As it was before");
  }

  /** The agent knows which script the model follows now, whoever starts it. */
  private writeWrapper(claude: string): string {
    const wrapper = path.join(this.folder, "claude");
    const lines = ["#!/bin/sh", `ANTHROPIC_BASE_URL=$(cat "${this.addressFile}")`, "export ANTHROPIC_BASE_URL", `exec "${claude}" "$@"`];
    writeFileSync(wrapper, `${lines.join("\n")}\n`, { mode: 0o755 });
    return wrapper;
  }

  private python(...words: string[]): string {
    return execFileSync(PYTHON, words, { env: { ...process.env, ...this.env }, cwd: REPOSITORY, encoding: "utf8", timeout: 900_000 });
  }

  private startModel(): { address: string; model: Group } {
    const portFile = path.join(this.folder, "model.port");
    const server = path.join(REPOSITORY, "tools", "scripted_model", "server.py");
    const log = path.join(this.folder, "model.log");
    const model = new Group([PYTHON, server, "--port-file", portFile], { env: this.env, log, cwd: REPOSITORY });
    for (const end = Date.now() + 20_000; !existsSync(portFile) || readFileSync(portFile, "utf8") === ""; ) {
      if (Date.now() > end || model.hasEnded) {
        throw new Error(`The scripted model did not start: ${readFileSync(log, "utf8")}`);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    return { address: `http://127.0.0.1:${readFileSync(portFile, "utf8").trim()}`, model };
  }
}
