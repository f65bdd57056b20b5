// Scrolling through a large library in Chromium: tasks that kept the page from answering for more than 50 ms, and the processor's time of the
// longest ones: on a busy machine a task also waits for its turn. Prints; asserts nothing.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "../support/pages";
import { expect } from "../support/test";
import { ROOT } from "../support/program";

/** The processor's time of the page's tasks, in milliseconds, the longest first. */
function work(trace: Buffer): number[] {
  interface Event {
    name: string;
    pid: number;
    tid: number;
    tdur?: number;
    args?: { name?: string };
  }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: Event[] };
  const pages = new Set(traceEvents.filter((it) => it.name === "thread_name" && it.args?.name === "CrRendererMain").map((it) => `${it.pid} ${it.tid}`));
  const tasks = traceEvents.filter((it) => it.name === "ThreadControllerImpl::RunTask" && pages.has(`${it.pid} ${it.tid}`));
  return tasks.map(({ tdur = 0 }) => tdur / 1000).sort((a, b) => b - a);
}

const RECORDINGS = process.env.LIBRARY_RECORDINGS ?? "50000";

test("scrolling through a large library", async ({ browser, visit, serverWithoutModel, sam }) => {
  await serverWithoutModel.killServer();
  execFileSync("python3", [path.join(ROOT, "scripts/lib/library_bench.py"), "fill", serverWithoutModel.data, RECORDINGS]);
  await serverWithoutModel.startServerAgain();
  for (const view of ["grid", "list"] as const) {
    const page = await visit(serverWithoutModel, sam, { viewport: { width: 1280, height: 800 } });
    await page.addInitScript((view) => {
      localStorage.setItem("aside.library_view", view);
      const tasks: number[] = [];
      Object.assign(window, { longTasks: tasks });
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
    }, view);
    await browser.startTracing(page, { categories: ["toplevel"] });
    const begun = Date.now();
    await page.goto("/");
    await expect(page.getByTestId("recording").first()).toBeVisible();
    const shown = Date.now() - begun;
    const opening = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks.splice(0));
    const opened = work(await browser.stopTracing());
    await browser.startTracing(page, { categories: ["toplevel"] });
    await page.mouse.move(640, 400);
    for (let n = 0; n < 200; n++) {
      await page.mouse.wheel(0, 600);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    const { long, reached } = await page.evaluate(() => ({
      long: (window as unknown as { longTasks: number[] }).longTasks,
      reached: scrollY,
    }));
    const scrolled = work(await browser.stopTracing());
    const list = (tasks: number[]) => `${tasks.length} tasks over 50 ms${tasks.length > 0 ? ` (longest ${Math.round(Math.max(...tasks))} ms)` : ""}`;
    console.log(`${RECORDINGS} recordings, ${view}: first ones shown after ${shown} ms, ${list(opening)}; scrolled ${Math.round(reached)} px in 200 turns: ${list(long)}`);
    const most = (tasks: number[]) => `${tasks.filter((it) => it > 50).length} of ${tasks.length} tasks worked over 50 ms, the longest ${(tasks[0] ?? 0).toFixed(0)} ms`;
    console.log(`  without waiting for the processor: opening, ${most(opened)}; scrolling, ${most(scrolled)}`);
  }
});
