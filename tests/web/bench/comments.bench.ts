// A page with a thousand threads in Chromium: until they are shown, one more that comes in, and scrolling. Prints; asserts nothing.
import { test } from "../support/pages";
import { expect } from "../support/test";
import { open } from "../support/player";

const THREADS = Number(process.env.COMMENT_THREADS ?? "1000");

test("a page with many threads", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  test.setTimeout(600_000);
  const recording = await samsRecorder.recorded(6);
  const page = await visit(server, sam, { viewport: { width: 1280, height: 800 } });
  const slug = recording.url.split("/").pop() ?? "";
  const say = (n: number) =>
    page.request.post(`/api/watch/${slug}/comments`, {
      headers: { "Sec-Fetch-Site": "same-origin" },
      data: { at_ms: (n * 37) % 6000, body: `Thread ${n}: the **button** is cut off at https://example.org/${n}` },
    });
  for (let n = 0; n < THREADS; n += 1) expect((await say(n)).status()).toBe(201);
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
  });
  const tasks = async () => {
    const all = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks.splice(0));
    return `${all.length} tasks over 50 ms${all.length > 0 ? ` (longest ${Math.round(Math.max(...all))} ms)` : ""}`;
  };
  const begun = Date.now();
  await open(page, recording.url);
  await expect(page.getByTestId("thread")).toHaveCount(THREADS);
  console.log(`${THREADS} threads: shown after ${Date.now() - begun} ms, ${await tasks()}`);
  const sent = Date.now();
  await say(THREADS);
  await expect(page.getByTestId("thread")).toHaveCount(THREADS + 1);
  console.log(`one more: there after ${Date.now() - sent} ms, ${await tasks()}`);
  await page.getByTestId("comment").first().hover();
  for (let n = 0; n < 100; n += 1) {
    await page.mouse.wheel(0, 800);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
  console.log(`scrolled through in 100 turns: ${await tasks()}`);
});
