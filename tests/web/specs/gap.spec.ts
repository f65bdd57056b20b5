// Objects that the server has lost: players go on behind the hole.
import { execFile } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { APIRequestContext } from "@playwright/test";
import type { Finished, TestServer } from "../support/test-server";
import { open, video } from "../support/player";
import { ROOT } from "../support/program";
import { expect, test } from "../support/test";

const HLS_JS = path.join(ROOT, "tests/web/node_modules/hls.js/dist/hls.min.js");
/** Seconds of a recording, and the part that is lost, half a second each: behind the first segment, which may last ten seconds. */
const SECONDS = 24;
const LOST = 22;

interface Watch {
  id: string;
  duration_ms: number;
  playback: { url: string };
}

const watch = async (request: APIRequestContext, server: TestServer, recording: Finished): Promise<Watch> =>
  (await request.get(`${server.url}/api/watch/${recording.slug}`)).json();

const BOTH = ["video", "audio"];

/** Removes the object of a part of each track, as a broken disk would. */
async function lose(request: APIRequestContext, server: TestServer, recording: Finished, tracks = BOTH): Promise<Watch> {
  const view = await watch(request, server, recording);
  for (const track of tracks) {
    const folder = path.join(server.data, "objects/recordings", view.id, track, "0000");
    const name = readdirSync(folder).find((file) => file.startsWith(String(LOST).padStart(7, "0")));
    expect(name, `part ${LOST} of ${track}`).toBeDefined();
    rmSync(path.join(folder, name ?? ""));
  }
  return view;
}

/** Asks for a lost part, and waits until the playlists list it as a gap. */
async function listed(request: APIRequestContext, server: TestServer, view: Watch, tracks = BOTH): Promise<void> {
  const master = new URL(view.playback.url, server.url);
  for (const track of tracks) {
    const part = await request.get(new URL(`${track}/${LOST}-${LOST}.m4s`, master).href);
    expect(part.status()).toBe(503);
    const list = async () => (await request.get(new URL(`${track}.m3u8`, master).href)).text();
    await expect.poll(list).toContain("#EXT-X-GAP\n");
  }
}

/** Where a hole is in what was loaded, and whether it was played to the end. */
function state(it: HTMLVideoElement): string {
  const ranges = Array.from({ length: it.buffered.length }, (_, i) => `${it.buffered.start(i)}–${it.buffered.end(i)}`);
  return `${it.ended ? "ended" : it.paused ? "paused" : "playing"} at ${it.currentTime} of ${it.duration}, ${ranges.join(" and ")}`;
}

test("our player plays what is there on both sides of a gap", async ({ page, request, server, recorder }) => {
  test.setTimeout(120_000);
  const recording = await recorder.recorded(SECONDS);
  const view = await lose(request, server, recording);
  await listed(request, server, view);
  await open(page, recording.url);
  await video(page).evaluate((it: HTMLVideoElement) => {
    it.muted = true;
    it.playbackRate = 2;
    return it.play();
  });
  await expect.poll(() => video(page).evaluate(state), { timeout: 60_000 }).toMatch(/^ended .* and /);
});

test("our player passes over a part of which it hears only while playing", async ({ page, request, server, recorder }) => {
  test.setTimeout(120_000);
  const recording = await recorder.recorded(SECONDS);
  await lose(request, server, recording);
  await open(page, recording.url);
  await video(page).evaluate((it: HTMLVideoElement) => {
    it.muted = true;
    it.playbackRate = 2;
    return it.play();
  });
  await expect.poll(() => video(page).evaluate(state), { timeout: 60_000 }).toMatch(/^ended .* and /);
});

test("FFmpeg reads what is there on both sides of a gap", async ({ request, server, recorder }) => {
  const recording = await recorder.recorded(SECONDS);
  const view = await lose(request, server, recording);
  await listed(request, server, view);
  const packets = ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
  const { stdout } = await promisify(execFile)("ffprobe", [...packets, `${recording.url}/master.m3u8`]);
  const times = stdout.split("\n").filter(Boolean).map(Number.parseFloat);
  expect(Math.min(...times)).toBeLessThan(LOST / 2);
  expect(Math.max(...times)).toBeGreaterThan(view.duration_ms / 1000 - 1);
});

test.describe("hls.js, on another site", () => {
  // Chromium lets only pages of this machine speak to this machine, so it has a real server.
  const site = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><video muted autoplay></video>");
  });
  test.beforeAll(() => new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready)));
  test.afterAll(() => void site.close());

  // Where both tracks lack something at the same place, hls.js 1.7 loads one fragment of sound behind its gap and waits for ever.
  for (const track of BOTH) {
    test(`goes on behind a gap in the ${track}`, async ({ page, request, server, recorder }) => {
      const recording = await recorder.recorded(SECONDS);
      const view = await lose(request, server, recording, [track]);
      await listed(request, server, view, [track]);
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      await page.addScriptTag({ path: HLS_JS });
      await page.evaluate((url) => {
        const { Hls } = window as unknown as { Hls: typeof import("hls.js").default };
        const hls = new Hls();
        hls.loadSource(url);
        const video = document.querySelector("video");
        if (video) hls.attachMedia(video);
      }, `${recording.url}/master.m3u8`);
      await expect.poll(() => page.locator("video").evaluate(state), { timeout: 60_000 }).toMatch(/^ended .* and /);
    });
  }
});
