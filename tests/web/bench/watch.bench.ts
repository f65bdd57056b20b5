// How long somebody waits at the watch page in Chromium, from a server on the same machine: for the first picture of a visit, and for the
// picture at a random point of an hour. VISITS=20, SEEKS=40, MINUTES=60.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { spoken } from "../support/test-server";
import { test } from "../support/test";

const count = (name: string, usual: number) => Number(process.env[name] ?? usual);
const [VISITS, SEEKS, MINUTES] = [count("VISITS", 20), count("SEEKS", 40), count("MINUTES", 60)];
/** What is recorded once and repeated. */
const SECONDS = 30;
const ROOT = path.resolve(import.meta.dirname, "../../..");

function told(what: string, took: number[]): void {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN);
  process.stdout.write(`${what}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms (n = ${took.length})\n`);
}

test("first picture, and the picture at a random point of an hour", async ({ browser, server, owner }) => {
  const mic = `file:${spoken("review.wav")}`;
  const { slug } = await server.recorder(owner).recorded(SECONDS, ["--screen", "synthetic", "--mic", mic]);
  const script = path.join(ROOT, "scripts/lib/long_take.py");
  const long = execFileSync("python3", [script, server.data, slug, String(MINUTES)], { encoding: "utf8" }).trim();

  const first: number[] = [];
  for (let n = 0; n <= VISITS; n++) {
    // A browser that was never here.
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        const video = document.querySelector("video");
        if (!video) return;
        observer.disconnect();
        video.requestVideoFrameCallback((now) => Object.assign(window, { firstPicture: now }));
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(`${server.url}/w/${long}`, { waitUntil: "commit" });
    const at = await page.waitForFunction(() => (window as { firstPicture?: number }).firstPicture);
    // The first visit is the server's as well.
    if (n > 0) first.push(Number(await at.jsonValue()));
    await context.close();
  }
  told("first picture after the address was entered", first);

  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/w/${long}`);
  const video = page.locator("video");
  await page.waitForFunction(() => (document.querySelector("video")?.readyState ?? 0) >= 2);
  const took: number[] = [];
  let chance = 42;
  for (let n = 0; n < SEEKS; n++) {
    chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
    const to = (chance / 2_147_483_648) * (MINUTES * 60 - 2);
    took.push(
      await video.evaluate(
        (v: HTMLVideoElement, to) =>
          new Promise<number>((done) => {
            const began = performance.now();
            // Until a picture of that moment is shown.
            const look = (now: number, shown: { mediaTime: number }) => {
              if (Math.abs(shown.mediaTime - to) < 0.5) done(now - began);
              else v.requestVideoFrameCallback(look);
            };
            v.requestVideoFrameCallback(look);
            v.currentTime = to;
          }),
        to,
      ),
    );
  }
  told(`the picture at a random point of ${MINUTES} minutes`, took);
  await context.close();
});
