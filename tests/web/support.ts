/**
 * The real server and the real recorder for browser tests, and a page that fails its test when something was
 * said on its console. Every program is ended with the test that started it.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAMS = process.env.ASIDE_PROGRAMS ?? join(ROOT, "target/debug");
export const MEDIA = join(ROOT, "tests/media");
export const MODEL = join(MEDIA, "whisper/ggml-fixture-en.bin");
/** 8.6 s: "hello everyone welcome", "this is a screen recording", "click the green button", "then open the big menu". */
export const SPEECH = join(MEDIA, "whisper/screen.wav");
export const PASSWORD = "correct horse battery staple";

function program(name: string): string {
  const path = join(PROGRAMS, name);
  if (!existsSync(path)) throw new Error(`${path} is not built: cargo build --workspace --bins`);
  return path;
}

/** The environment without anything of the developer's own settings. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("ASIDE_"));
  return { ...Object.fromEntries(own), NO_COLOR: "1", ...more };
}

/** A program whose lines can be waited for. */
class Program {
  readonly said: string[] = [];
  readonly exited: Promise<unknown>;
  #seen = 0;
  #news: (() => void) | null = null;

  constructor(
    private readonly name: string,
    readonly child: ChildProcess,
  ) {
    this.exited = once(child, "exit").then(() => this.#news?.());
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.said.push(line);
        this.#news?.();
      });
    }
  }

  /** The next line that `pick` makes something of; lines before it are passed over. */
  async next<T>(what: string, pick: (line: string) => T | null): Promise<T> {
    for (;;) {
      while (this.#seen < this.said.length) {
        const found = pick(this.said[this.#seen++] ?? "");
        if (found !== null) return found;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`${this.name} ended before ${what}; it said:\n${this.said.join("\n")}`);
      }
      await new Promise<void>((wake) => {
        this.#news = wake;
      });
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.exited;
  }
}

export interface ServerOptions {
  /** With the speech model of the fixtures; without it nothing is transcribed. */
  readonly transcribe?: boolean;
  /** Without a worker there are neither posters nor transcripts, and a small machine has more time. */
  readonly worker?: boolean;
}

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "aside-web-"));
  url = "";
  #program: Program | null = null;

  constructor(private readonly options: ServerOptions) {}

  async start(listen = "127.0.0.1:0"): Promise<void> {
    const args = ["serve", "--data", this.folder, "--listen", listen];
    if (this.options.transcribe) args.push("--whisper-model", MODEL);
    if (!this.options.transcribe && this.options.worker === false) args.push("--no-worker");
    const child = spawn(program("aside-server"), args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    this.#program = new Program("aside-server", child);
    this.url = await this.#program.next("it listened", (line) => /listening on (http:\/\/[^\s/]+)/.exec(line)?.[1] ?? null);
  }

  /** SIGKILL; `startAgain` brings it back on the same data and address. */
  async kill(): Promise<void> {
    await this.#program?.end("SIGKILL");
  }

  async startAgain(): Promise<void> {
    await this.start(new URL(this.url).host);
  }

  async stop(): Promise<void> {
    await this.#program?.end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes an account as an operator would; returns an API token of it. */
  async account(email: string, role: "owner" | "member" = "member"): Promise<string> {
    const add = spawn(
      program("aside-server"),
      ["user", "add", email, "--password-stdin", "--role", role, "--data", this.folder],
      { env: environment(), stdio: ["pipe", "pipe", "pipe"] },
    );
    const adding = new Program("aside-server user add", add);
    add.stdin?.end(`${PASSWORD}\n`);
    await adding.exited;
    expect(add.exitCode, adding.said.join("\n")).toBe(0);
    const args = ["token", "create", "--user", email, "--name", "test", "--data", this.folder];
    const { stdout } = await promisify(execFile)(program("aside-server"), args, { env: environment() });
    return stdout.trim().split("\n").at(-1)?.trim() ?? "";
  }

  /** A request in the name of a token. */
  async api(token: string, method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    return fetch(this.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

/** A running `aside record --json`. */
export class Recorder {
  readonly folder = mkdtempSync(join(tmpdir(), "aside-home-"));
  readonly #program: Program;
  link = "";

  constructor(server: Server, token: string, args: readonly string[]) {
    const home = (name: string) => join(this.folder, name);
    const child = spawn(program("aside"), ["record", "--json", ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...environment({ ASIDE_SERVER: server.url, ASIDE_TOKEN: token }),
        HOME: this.folder,
        XDG_DATA_HOME: home("data"),
        XDG_CONFIG_HOME: home("config"),
        XDG_CACHE_HOME: home("cache"),
        XDG_STATE_HOME: home("state"),
        XDG_RUNTIME_DIR: this.folder,
      },
    });
    this.#program = new Program("aside record", child);
  }

  /** The next event of this name. */
  async event(name: string): Promise<Record<string, unknown>> {
    return this.#program.next(`its ${name} event`, (line) => {
      if (!line.startsWith("{")) return null;
      const event = JSON.parse(line) as Record<string, unknown>;
      return event.event === name ? event : null;
    });
  }

  /** As Ctrl-C: stops and finishes. */
  async stop(): Promise<void> {
    this.#program.child.kill("SIGINT");
    await this.event("uploaded");
    await this.#program.exited;
  }

  /** SIGKILL, in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.#program.end("SIGKILL");
  }

  /** Waits for the end of a take that ends by itself. */
  async finished(): Promise<void> {
    await this.event("uploaded");
    await this.#program.exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface TakeOptions {
  readonly title?: string;
  /** Seconds; without it the take runs until `stop`. */
  readonly duration?: number;
  /** A WAV that plays into the microphone; without it there is no sound. */
  readonly sound?: string;
}

interface Fixtures {
  serverOptions: ServerOptions;
  server: Server;
  /** API token of sam@example.com, who owns the server. */
  token: string;
  /** Starts a take of Sam's and waits until its link is known. */
  record: (take?: TakeOptions) => Promise<Recorder>;
  /** A browser of its own, signed in as Sam. */
  sam: Page;
  /** A browser of its own, signed in nowhere. */
  stranger: Page;
}

/** Fails the test for what a page said on its console, but for requests that failed on purpose. */
async function watched(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(text)) said.push(text);
  });
  page.on("close", () => expect.soft(said, "nothing is said on the console").toEqual([]));
  return page;
}

export const EMAIL = "sam@example.com";

export const test = base.extend<Fixtures>({
  serverOptions: [{ worker: false }, { option: true }],

  server: async ({ serverOptions }, use) => {
    const server = new Server(serverOptions);
    await server.start();
    await use(server);
    await server.stop();
  },

  token: async ({ server }, use) => {
    await use(await server.account(EMAIL, "owner"));
  },

  record: async ({ server, token }, use) => {
    const recorders: Recorder[] = [];
    await use(async (take = {}) => {
      const args = ["--screen", "synthetic", "--mic", take.sound ? `file:${take.sound}` : "none"];
      if (take.title !== undefined) args.push("--title", take.title);
      if (take.duration !== undefined) args.push("--duration", String(take.duration));
      const recorder = new Recorder(server, token, args);
      recorders.push(recorder);
      recorder.link = String((await recorder.event("link")).url);
      return recorder;
    });
    for (const recorder of recorders) await recorder.dispose();
  },

  sam: async ({ browser, server, token: _ }, use) => {
    const context = await browser.newContext({ baseURL: server.url });
    const answer = await context.request.post("/api/session", {
      data: { email: EMAIL, password: PASSWORD },
      headers: { origin: server.url },
    });
    expect(answer.status()).toBe(200);
    const page = await watched(context);
    await use(page);
    await context.close();
  },

  stranger: async ({ browser, server }, use) => {
    const context = await browser.newContext({ baseURL: server.url });
    const page = await watched(context);
    await use(page);
    await context.close();
  },
});

/** A finished take of `seconds`; its link. */
export async function finishedTake(record: Fixtures["record"], take: TakeOptions): Promise<string> {
  const recorder = await record({ duration: 4, ...take });
  await recorder.finished();
  return recorder.link;
}

export { expect };
