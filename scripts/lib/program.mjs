// Programs that end with us: started in groups of their own, their lines can be waited for.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const running = new Set();

export class Program {
  constructor(name, file, args, { env = process.env, input = "", quiet = true } = {}) {
    this.name = name;
    this.said = [];
    this.hears = [];
    this.child = spawn(file, args, { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdin.on("error", () => {});
    this.child.stdin.end(input);
    running.add(this);
    const keep = (line) => {
      this.said.push(line);
      if (this.said.length > 200) this.said.shift();
    };
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      keep(line);
      for (const hear of this.hears) hear(line);
    });
    createInterface({ input: this.child.stderr }).on("line", (line) => {
      keep(line);
      if (!quiet) console.error(`  ${line}`);
    });
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => keep(error.message));
      this.child.on("close", (code) => {
        running.delete(this);
        resolve(code);
      });
    });
  }

  /** The first line for which `pick` has an answer. */
  line(what, pick, seconds = 60) {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${this.name} ${why} ${what}:\n${this.said.join("\n")}`));
      const timer = setTimeout(() => fail("did not say"), seconds * 1000);
      const hear = (line) => {
        const found = pick(line);
        if (found == null) return;
        clearTimeout(timer);
        this.hears.splice(this.hears.indexOf(hear), 1);
        resolve(found);
      };
      this.hears.push(hear);
      this.ended.then(() => {
        clearTimeout(timer);
        fail("ended without");
      });
    });
  }

  /** Waits for a good end; hands back what was printed. */
  async done() {
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.name} failed (${code}):\n${this.said.join("\n")}`);
    return this.said;
  }

  signal(name) {
    this.child.kill(name);
  }

  end(signal = "SIGTERM") {
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

export async function endAll() {
  const all = [...running].reverse();
  for (const program of all) program.end();
  const patience = new Promise((resolve) => setTimeout(resolve, 3000).unref());
  await Promise.race([Promise.all(all.map((program) => program.ended)), patience]);
  for (const program of running) program.end("SIGKILL");
}
