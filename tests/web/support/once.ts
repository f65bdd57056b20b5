// What is costly to make and never changes is made by whichever worker needs it first, once for all workers of a run.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const FOLDER = "ASIDE_TESTS_WEB_FOLDER";

/** Playwright's global setup: the folder that all workers of this run share. Returns what removes it. */
export default function shareFolder(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), "aside-web-run-"));
  process.env[FOLDER] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The JSON that `make` resolved with, in this worker or in another one. */
export async function once<T>(name: string, make: () => Promise<T>): Promise<T> {
  const folder = process.env[FOLDER];
  if (!folder) throw new Error("the global setup has not run");
  const file = path.join(folder, `${name}.json`);
  const lock = `${file}.lock`;
  for (;;) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
    if (taken(lock)) {
      try {
        if (!existsSync(file)) {
          writeFileSync(`${file}.new`, JSON.stringify(await make()));
          renameSync(`${file}.new`, file);
        }
      } finally {
        rmSync(lock, { force: true });
      }
    } else {
      await delay(50);
    }
  }
}

/** Whether this process holds the lock now. One that a process left behind when its test was given up is void. */
function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!alive(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function alive(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Between its creation and its content the file is empty.
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
}
