// A running program: its lines can be waited for, and it ends with the test.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
const PROGRAMS = process.env.ASIDE_PROGRAMS ?? path.join(ROOT, "target/debug");
const LINE_TIMEOUT_MS = 60_000;

export function built(name: string): string {
  const file = path.join(PROGRAMS, name);
  if (!existsSync(file)) throw new Error(`${file} is not built: run cargo build --workspace --exclude aside-app --bins`);
  return file;
}

export class Program {
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly said: string[] = [];
  private readonly waiting: (() => void)[] = [];
  private read = 0;
  private over = false;
  readonly exit: Promise<number | null>;

  constructor(
    readonly name: string,
    file: string,
    args: readonly string[],
    options: { env: NodeJS.ProcessEnv; cwd: string; input?: string },
  ) {
    // A group of its own, so that nothing it started outlives it.
    this.child = spawn(file, args, { env: options.env, cwd: options.cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdin?.on("error", () => {});
    this.child.stdin?.end(options.input ?? "");
    const { stdout, stderr } = this.child;
    if (!stdout || !stderr) throw new Error("pipes were asked for");
    createInterface({ input: stdout }).on("line", (line) => {
      this.lines.push(line);
      this.keep(line);
      this.wake();
    });
    createInterface({ input: stderr }).on("line", (line) => this.keep(`! ${line}`));
    this.exit = new Promise((resolve) => {
      this.child.on("close", (code) => {
        this.over = true;
        this.wake();
        resolve(code);
      });
    });
    this.child.on("error", (error) => this.keep(`! ${error.message}`));
  }

  private keep(line: string) {
    this.said.push(line);
    if (this.said.length > 400) this.said.shift();
  }

  private wake() {
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** The next line on standard output for which `pick` has an answer. */
  async line<T>(what: string, pick: (line: string) => T | null | undefined): Promise<T> {
    const gaveUp = Symbol();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<typeof gaveUp>((resolve) => {
      timer = setTimeout(() => resolve(gaveUp), LINE_TIMEOUT_MS);
    });
    try {
      for (;;) {
        const line = this.lines[this.read];
        if (line !== undefined) {
          this.read += 1;
          const found = pick(line);
          if (found != null) return found;
        } else if (this.over) {
          throw new Error(`${this.name} ended without ${what}:\n${this.said.join("\n")}`);
        } else {
          const news = new Promise<void>((resolve) => this.waiting.push(resolve));
          if ((await Promise.race([news, patience])) === gaveUp) {
            throw new Error(`${this.name} did not say ${what}:\n${this.said.join("\n")}`);
          }
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a good end and hands back everything printed. */
  async done(): Promise<string[]> {
    const code = await this.exit;
    if (code !== 0) throw new Error(`${this.name} failed (${code}):\n${this.said.join("\n")}`);
    return this.lines;
  }

  signal(signal: NodeJS.Signals) {
    this.child.kill(signal);
  }

  /** Ends it and everything it started, without a word. */
  end() {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}
