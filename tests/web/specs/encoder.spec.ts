// A recording whose encoder was replaced in the middle: two inits, one picture.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Page } from "@playwright/test";
import { open, position, root, showing, video } from "../support/player";
import { ROOT } from "../support/program";
import { type RecorderHome, type Recording, SYNTHETIC } from "../support/test-server";
import { expect, seen, shown, test } from "../support/test";

const HLS_JS = path.join(ROOT, "tests/web/node_modules/hls.js/dist/hls.min.js");
/** The synthetic encoder fails after ninety pictures, three seconds of them at least. */
const FAILING = [...SYNTHETIC, "--encoder", "synthetic"];
const FPS = 30;

async function recorded(recorder: RecorderHome, seconds: number): Promise<Recording> {
  const recording = await recorder.record([...FAILING, "--duration", String(seconds)]);
  await recording.finished();
  return recording;
}

/** By how many pictures the counter is ahead of the player's clock, of the picture that stands there. */
async function ahead(page: Page, at: number): Promise<number> {
  await video(page).evaluate((it: HTMLVideoElement, to) => {
    it.currentTime = to;
  }, at);
  await expect.poll(() => position(page)).toBeCloseTo(at, 1);
  await showing(page);
  let counter: number | null = null;
  await expect.poll(async () => (counter = (await seen(page)).counter), { message: `a picture at ${at}` }).not.toBeNull();
  return (counter ?? 0) - at * FPS;
}

/** Where the second init begins, in seconds. */
async function change(page: Page, url: string): Promise<number> {
  const master = await page.request.get(`${url}/master.m3u8`);
  const text = await (await page.request.get(new URL("video.m3u8", master.url()).href)).text();
  const before = text.split("video/init-2.mp4")[0] ?? "";
  expect(before.length, "the list names a second init").toBeLessThan(text.length);
  return [...before.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
}

test("plays over the change, and seeks back and forth over it, to the right picture", async ({ page, recorder }) => {
  test.setTimeout(120_000);
  const recording = await recorded(recorder, 9);
  const at = await change(page, recording.url);
  expect(at).toBeGreaterThan(1);
  await open(page, recording.url);
  // The first counter is not zero, and a busy machine drops pictures: then one stands longer, never a wrong one.
  const offsets: number[] = [];
  for (const to of [at + 1.5, at - 1, at + 0.5, 0.5, at + 2]) offsets.push(await ahead(page, to));
  expect(Math.max(...offsets) - Math.min(...offsets), `${offsets}`).toBeLessThan(FPS / 3);

  await video(page).evaluate((it: HTMLVideoElement, to) => {
    it.muted = true;
    it.currentTime = to;
    return it.play();
  }, at - 1);
  const counters: number[] = [];
  await expect
    .poll(
      async () => {
        const { at: now, counter } = await shown(page);
        if (counter !== null) counters.push(counter);
        return now;
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toBeGreaterThan(at + 1);
  expect(counters.length).toBeGreaterThan(2);
  expect([...counters].sort((a, b) => a - b), "no picture comes twice or too early").toEqual(counters);
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended), { timeout: 60_000 }).toBe(true);
});

test("who follows live sees the change pass without a stall that lasts", async ({ page, recorder }) => {
  test.setTimeout(120_000);
  const recording = await recorder.record(FAILING);
  await open(page, recording.url, "recording");
  await video(page).evaluate((it: HTMLVideoElement) => {
    it.muted = true;
  });
  await page.keyboard.press("k");
  await recording.event("alarm");
  const at = Number(await root(page).getAttribute("data-edge-ms")) / 1000;
  await expect.poll(() => position(page), { timeout: 60_000 }).toBeGreaterThan(at + 3);
  expect((await shown(page)).counter).not.toBeNull();
  const stopped = await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended), { timeout: 60_000 }).toBe(true);
  const length = await video(page).evaluate((it: HTMLVideoElement) => it.duration);
  expect(Math.abs(length - Number(stopped.duration_ms) / 1000)).toBeLessThan(0.15);
});

test.describe("hls.js, on another site", () => {
  const site = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><video muted autoplay></video>");
  });
  test.beforeAll(() => new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready)));
  test.afterAll(() => void site.close());

  test("plays over the change to the end", async ({ page, recorder }) => {
    const recording = await recorded(recorder, 8);
    const at = await change(page, recording.url);
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.addScriptTag({ path: HLS_JS });
    const errors = await page.evaluateHandle(() => [] as string[]);
    await page.evaluate(
      ([url, log]) => {
        const { Hls } = window as unknown as { Hls: typeof import("hls.js").default };
        const hls = new Hls();
        hls.on(Hls.Events.ERROR, (_, data) => data.fatal && log.push(data.details));
        hls.loadSource(url);
        const video = document.querySelector("video");
        if (video) hls.attachMedia(video);
      },
      [`${recording.url}/master.m3u8`, errors] as const,
    );
    const player = page.locator("video");
    await expect.poll(() => player.evaluate((it: HTMLVideoElement) => it.currentTime), { timeout: 40_000 }).toBeGreaterThan(at + 1);
    expect((await shown(page)).counter).not.toBeNull();
    await expect.poll(() => player.evaluate((it: HTMLVideoElement) => it.ended), { timeout: 40_000 }).toBe(true);
    expect(await errors.jsonValue()).toEqual([]);
  });
});
