// How far behind the speaker somebody stands who watches live, and how often they wait: with our player, with stock
// hls.js, and with our player on a line that is cut for a second and a half every fifteen.
//   LIVE_SECONDS=600 for the full form.
// The recorder says at stop how long the recording is and when it was asked to stop, both by its own clock; that gives the
// instant of every picture. Recorder, server and browser run on one machine, so there is one clock.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Page } from "@playwright/test";
import { ROOT } from "../support/program";
import { expect, test } from "../support/test";
import type { Recording } from "../support/test-server";

const SECONDS = Number(process.env.LIVE_SECONDS ?? 60);
/** Seconds after going live that do not count: the seek has to be decoded, and the rest of it caught up. */
const SETTLE = 10;
const HLS_JS = path.join(ROOT, "tests/web/node_modules/hls.js/dist/hls.min.js");

interface Log {
  /** Wall clock in milliseconds and the picture's own time in seconds. */
  frames: [number, number][];
  /** Wall clock in milliseconds. */
  stalls: number[];
}

/** Notes every picture that is shown, and every wait for media. */
async function note(page: Page): Promise<() => Promise<Log>> {
  const log = await page.locator("video").evaluateHandle((video: HTMLVideoElement) => {
    const log: Log = { frames: [], stalls: [] };
    const frame: VideoFrameRequestCallback = (_, { mediaTime }) => {
      log.frames.push([Date.now(), mediaTime]);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
    video.addEventListener("waiting", () => {
      if (!video.seeking) log.stalls.push(Date.now());
    });
    return log;
  });
  return () => log.jsonValue();
}

async function tell(name: string, recording: Recording, read: () => Promise<Log>): Promise<void> {
  const from = Date.now() + SETTLE * 1000;
  await new Promise((resolve) => setTimeout(resolve, (SETTLE + SECONDS) * 1000));
  const { frames, stalls } = await read();
  const stopped = await recording.stop();
  const zero = Number(stopped.requested_unix_us) / 1000 - Number(stopped.duration_ms);
  const behind = frames.filter(([at]) => at >= from).map(([at, time]) => (at - zero) / 1000 - time);
  behind.sort((a, b) => a - b);
  const at = (share: number) => (behind[Math.min(behind.length - 1, Math.floor(share * behind.length))] ?? 0).toFixed(2);
  const waits = stalls.filter((at) => at >= from).length;
  console.log(
    `${name.padEnd(24)} behind the speaker p50 ${at(0.5)} s, p95 ${at(0.95)} s, max ${at(1)} s; waited ${waits} times in ${SECONDS} s (${behind.length} pictures)`,
  );
}

/** Opens a recording that has run for a while, and goes to live. */
async function goLive(page: Page, recording: Recording): Promise<void> {
  await page.goto(recording.url);
  await page.locator("video").evaluate((video: HTMLVideoElement) => (video.muted = true));
  const root = page.locator("[data-page=watch]");
  await expect.poll(async () => Number(await root.getAttribute("data-edge-ms")), { timeout: 60_000 }).toBeGreaterThan(12_000);
  await page.keyboard.press("Space");
  await page.getByTestId("go-live").click();
}

test("live with our player", async ({ page, recorder }) => {
  const recording = await recorder.record();
  await goLive(page, recording);
  await tell("our player", recording, await note(page));
});

test("live with our player on a bad line", async ({ page, recorder }) => {
  const recording = await recorder.record();
  await goLive(page, recording);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  const line = (offline: boolean) =>
    devtools.send("Network.emulateNetworkConditions", { offline, latency: 20, downloadThroughput: -1, uploadThroughput: -1 });
  const cuts = setInterval(() => {
    void line(true).then(() => setTimeout(() => void line(false).catch(() => {}), 1500));
  }, 15_000);
  await tell("our player, bad line", recording, await note(page));
  clearInterval(cuts);
});

test("live with hls.js", async ({ page, recorder }) => {
  const site = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><video muted autoplay></video>");
  });
  await new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready));
  const recording = await recorder.record();
  await recording.received(24);
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.addScriptTag({ path: HLS_JS });
  await page.evaluate((url) => {
    const { Hls } = window as unknown as { Hls: typeof import("hls.js").default };
    const hls = new Hls({ lowLatencyMode: true });
    hls.loadSource(url);
    const video = document.querySelector("video");
    if (video) hls.attachMedia(video);
    // An EVENT playlist is begun at its beginning; a live viewer asks for the end of it.
    hls.once(Hls.Events.LEVEL_LOADED, () => {
      const seek = setInterval(() => {
        if (!video || hls.liveSyncPosition === null) return;
        video.currentTime = hls.liveSyncPosition;
        clearInterval(seek);
      }, 100);
    });
  }, `${recording.url}/master.m3u8`);
  await tell("hls.js", recording, await note(page));
  site.close();
});
