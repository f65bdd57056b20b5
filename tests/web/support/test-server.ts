// The real server and the real recorder, each on folders of its own.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "./once";
import { Program, ROOT, built } from "./program";
import { endedEarly, Listener, send, type Sent } from "./replay";

export const PASSWORD = "correct horse battery staple";
/** Speaks eight known sentences in all; `expected.json` beside it says which and when. */
export const spoken = (name: string) => path.join(ROOT, "tests/media/whisper", name);
export const SYNTHETIC = ["--screen", "synthetic", "--mic", "synthetic"] as const;

export interface Person {
  email: string;
  password: string;
  token: string;
}

/** Nothing of the developer's own settings may reach the programs under test. */
function cleanEnv(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, LANG, LD_LIBRARY_PATH, TZ } = process.env;
  return { PATH, LANG, LD_LIBRARY_PATH, TZ, NO_COLOR: "1", ...more };
}

export class TestServer {
  private readonly folder = mkdtempSync(path.join(tmpdir(), "aside-web-"));
  private readonly programs: Program[] = [];
  private server: Program | undefined;
  url = "";

  /** Without a worker nothing is transcribed until `startWorker`. */
  constructor(private readonly options: { model: boolean; worker?: boolean; args?: readonly string[] } = { model: true }) {}

  get data() {
    return path.join(this.folder, "data");
  }

  async start(listen = "127.0.0.1:0"): Promise<void> {
    const worker = this.options.worker === false ? ["--no-worker"] : [];
    // A test may ask as often as it likes.
    const args = ["serve", "--data", this.data, "--listen", listen, "--api-rate", "0", ...this.model, ...worker, ...(this.options.args ?? [])];
    this.server = this.run("aside-server", args);
    this.url = await this.server.line("listening on", (line) => /listening on (http:\/\/[^\s/]+)/.exec(line)?.[1]);
  }

  private get model(): string[] {
    return this.options.model ? ["--whisper-model", spoken("ggml-fixture-en.bin")] : [];
  }

  startWorker(): void {
    this.run("aside-server", ["worker", "--data", this.data, ...this.model]);
  }

  /** Gone without a word, as in a power cut. */
  async killServer(): Promise<void> {
    this.server?.end();
    await this.server?.exit;
  }

  /** After `killServer`: same data, same address. */
  async startServerAgain(): Promise<void> {
    await this.start(new URL(this.url).host);
  }

  /** The first account of a running server is made by its own page's request, which is quicker than two programs. */
  private async firstOwner(email: string): Promise<Person> {
    const ask = async (path: string, body: unknown, cookie?: string) => {
      const headers = { "content-type": "application/json", origin: this.url, ...(cookie ? { cookie } : {}) };
      const answer = await fetch(`${this.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
      return answer;
    };
    const set = await ask("/api/setup", { email, name: email.slice(0, email.indexOf("@")), password: PASSWORD });
    const cookie = set.headers.getSetCookie().map((it) => it.slice(0, it.indexOf(";"))).join("; ");
    const { token } = (await (await ask("/api/tokens", { name: "spec" }, cookie)).json()) as { token: string };
    return { email, password: PASSWORD, token };
  }

  async person(email: string, role = "member"): Promise<Person> {
    if (role === "owner") return this.firstOwner(email);
    const add = ["user", "add", email, "--password-stdin", "--role", role, "--data", this.data];
    await this.run("aside-server", add, { input: `${PASSWORD}\n` }).done();
    const create = ["token", "create", "--user", email, "--name", "spec", "--data", this.data];
    const printed = await this.run("aside-server", create).done();
    const token = printed.at(-1)?.trim();
    if (!token) throw new Error("no token was printed");
    return { email, password: PASSWORD, token };
  }

  /** A fresh computer of this person, or of nobody; it knows this server by `url`. */
  recorder(person?: Person, url = this.url): RecorderHome {
    return new RecorderHome(this, person, url);
  }

  run(name: "aside" | "aside-server", args: readonly string[], options: { env?: Record<string, string>; input?: string } = {}) {
    const program = new Program(`${name} ${args[0]}`, built(name), args, {
      env: cleanEnv(options.env),
      cwd: this.folder,
      input: options.input,
    });
    this.programs.push(program);
    return program;
  }

  /** An `aside` that finishes earlier recordings in a session of its own is known by its home folder. */
  private endBackground() {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        if (environ.some((line) => line.startsWith(`HOME=${this.folder}/`))) process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended, or is none of ours.
      }
    }
  }

  newFolder(): string {
    return mkdtempSync(path.join(this.folder, "home-"));
  }

  end() {
    for (const program of this.programs) program.end();
    this.endBackground();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One person's computer: spool and settings live here. */
export class RecorderHome {
  private readonly home: string;

  constructor(
    private readonly server: TestServer,
    private readonly person: Person | undefined,
    private readonly url: string,
  ) {
    this.home = server.newFolder();
    for (const name of ["data", "config", "cache", "state", "run"]) mkdirSync(path.join(this.home, name));
  }

  aside(args: readonly string[]): Program {
    const at = (name: string) => path.join(this.home, name);
    const env: Record<string, string> = {
      HOME: this.home,
      XDG_DATA_HOME: at("data"),
      XDG_CONFIG_HOME: at("config"),
      XDG_CACHE_HOME: at("cache"),
      XDG_STATE_HOME: at("state"),
      XDG_RUNTIME_DIR: at("run"),
    };
    if (this.person) Object.assign(env, { ASIDE_SERVER: this.url, ASIDE_TOKEN: this.person.token });
    return this.server.run("aside", args, { env });
  }

  /** Starts a recording of the synthetic screen and knows its link. */
  async record(args: readonly string[] = SYNTHETIC): Promise<Recording> {
    const program = this.aside(["record", "--json", ...args]);
    const link = await program.line("the link", (line) => eventIn(line, "link"));
    return new Recording(program, String(link.url));
  }

  /**
   * A finished recording of so many seconds. What is recorded with the same arguments, but for the title, is recorded once in a run,
   * and sent again from then on. `early`: a track of which only so many parts, half a second each, came.
   */
  async recorded(seconds: number, args: readonly string[] = SYNTHETIC, early?: { track: string; parts: number }): Promise<Finished> {
    if (!this.person) throw new Error("a recording has an owner");
    const title = args.indexOf("--title");
    const rest = title < 0 ? args : [...args.slice(0, title), ...args.slice(title + 2)];
    const { sent, stopped } = await made(seconds, rest);
    const whole = early ? endedEarly(sent, early.track, early.parts) : sent;
    const slug = await send(whole, this.server.url, this.person.token, title < 0 ? undefined : args[title + 1]);
    return { slug, url: `${this.server.url}/w/${slug}`, stopped };
  }
}

/** What a recording of so many seconds is made of. It is recorded once in a run. */
export function made(seconds: number, args: readonly string[] = SYNTHETIC): Promise<{ sent: Sent; stopped: Event }> {
  const name = `${seconds}-${createHash("sha256").update(args.join("\0")).digest("hex").slice(0, 16)}`;
  return once(name, () => makeRecording(seconds, args));
}

/** Records so many seconds in real time, on a server of its own. */
async function makeRecording(seconds: number, args: readonly string[]): Promise<{ sent: Sent; stopped: Event }> {
  const server = new TestServer({ model: false, worker: false });
  let listener: Listener | undefined;
  try {
    await server.start();
    const person = await server.person("sam@example.org", "owner");
    listener = new Listener(server.url);
    const recorder = server.recorder(person, await listener.start());
    const recording = await recorder.record([...args, "--duration", String(seconds)]);
    const stopped = await recording.event("stopped");
    await recording.finished();
    return { sent: listener.whole(), stopped };
  } finally {
    listener?.end();
    server.end();
  }
}

/** A recording that is over. */
export interface Finished {
  slug: string;
  url: string;
  /** The recorder's own account of it. */
  stopped: Event;
}

export type Event = Record<string, unknown> & { event: string };

function eventIn(line: string, name: string): Event | null {
  const event = JSON.parse(line) as Event;
  return event.event === name ? event : null;
}

/** A recording that runs, or ran. */
export class Recording {
  constructor(
    readonly program: Program,
    readonly url: string,
  ) {}

  get slug(): string {
    return this.url.slice(this.url.lastIndexOf("/") + 1);
  }

  /** The next event of this name. */
  event(name: string): Promise<Event> {
    return this.program.line(`the event ${name}`, (line) => eventIn(line, name));
  }

  /** Waits until so many parts of the picture are on the server. */
  async received(parts: number): Promise<void> {
    for (let n = 0; n < parts; ) {
      const part = await this.event("part");
      if (part.state === "received" && part.track === "video") n += 1;
    }
  }

  /** Ctrl-C: stop and finish. Resolves with the recorder's own account of the recording. */
  async stop(): Promise<Event> {
    this.program.signal("SIGINT");
    const stopped = await this.event("stopped");
    await this.finished();
    return stopped;
  }

  kill() {
    this.program.end();
  }

  async finished(): Promise<void> {
    await this.program.done();
  }
}
