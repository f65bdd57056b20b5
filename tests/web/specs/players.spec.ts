// Other players and parsers (hls.js, mp4box) read the media.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createFile, MP4BoxBuffer } from "mp4box";
import { ROOT } from "../support/program";
import { expect, seen, test } from "../support/test";

const HLS_JS = path.join(ROOT, "tests/web/node_modules/hls.js/dist/hls.min.js");

test.describe("hls.js", () => {
  // A page of another site, which embeds a player of its own. Chromium lets only pages of this machine
  // speak to this machine, so it has a real server.
  const site = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><video muted autoplay></video>");
  });
  test.beforeAll(() => new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready)));
  test.afterAll(() => void site.close());

  test("plays a recording while it runs and after, from another site", async ({ page, recorder }) => {
    const recording = await recorder.record();
    await recording.received(3);
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.addScriptTag({ path: HLS_JS });
    const errors = await page.evaluateHandle(() => [] as string[]);
    const source = `${recording.url}/master.m3u8`;
    await page.evaluate(
      ([url, log]) => {
        const { Hls } = window as unknown as { Hls: typeof import("hls.js").default };
        const hls = new Hls({ lowLatencyMode: true });
        hls.on(Hls.Events.ERROR, (_, data) => log.push(`${data.fatal ? "fatal" : "minor"} ${data.details}`));
        hls.loadSource(url);
        const video = document.querySelector("video");
        if (video) hls.attachMedia(video);
        Object.assign(window, { hls });
      },
      [source, errors] as const,
    );
    await expect.poll(async () => (await seenOrNull(page))?.counter ?? null, { message: "a picture" }).not.toBeNull();
    const before = (await seen(page)).counter ?? 0;
    await expect.poll(async () => ((await seen(page)).counter ?? 0) - before).toBeGreaterThan(60);
    const stopped = await recording.stop();
    const video = page.locator("video");
    const state = async () => [...(await video.evaluate(playing)), ...(await errors.jsonValue())].join(", ");
    await expect.poll(state, { message: "played to its end", timeout: 40_000 }).toMatch(/^ended/);
    const length = await video.evaluate((v: HTMLVideoElement) => v.duration);
    expect(Math.abs(length - Number(stopped.duration_ms) / 1000)).toBeLessThan(0.15);
    expect((await errors.jsonValue()).filter((e) => e.startsWith("fatal"))).toEqual([]);
  });
});

/** What a player that does not get to its end would be asked. */
function playing(video: HTMLVideoElement): string[] {
  const ranges = Array.from({ length: video.buffered.length }, (_, i) => `${video.buffered.start(i)}–${video.buffered.end(i)}`);
  return [
    video.ended ? "ended" : video.paused ? "paused" : "playing",
    `at ${video.currentTime} of ${video.duration}`,
    `buffered ${ranges.join(" and ")}`,
    `ready ${video.readyState}`,
  ];
}

async function seenOrNull(page: import("@playwright/test").Page) {
  return (await page.locator("video").count()) > 0 ? await seen(page) : null;
}

test("mp4box reads every track without a complaint", async ({ request, server, recorder }) => {
  const recording = await recorder.recorded(5);
  const { frames_encoded } = recording.stopped;
  const watch = await (await request.get(`${server.url}/api/watch/${recording.slug}`)).json();
  const master = new URL(watch.playback.url, server.url);
  for (const track of ["video", "audio"]) {
    const list = await (await request.get(new URL(`${track}.m3u8`, master).href)).text();
    const uris = [/EXT-X-MAP:URI="([^"]+)"/.exec(list)?.[1] ?? "", ...list.split("\n").filter((l) => l && !l.startsWith("#"))];
    const file = createFile();
    const complaints: string[] = [];
    file.onError = (module: string, message: string) => complaints.push(`${module}: ${message}`);
    let samples = 0;
    let duration = 0;
    file.onReady = (info) => {
      expect(info.isFragmented).toBe(true);
      expect(info.tracks).toHaveLength(1);
      const [only] = info.tracks;
      if (!only) return;
      expect(only.codec).toMatch(track === "video" ? /^avc1\.64/ : /^mp4a\.40\.2$/);
      file.onSamples = (_id, _user, found) => {
        samples += found.length;
        for (const sample of found) duration = (sample.cts + sample.duration) / sample.timescale;
      };
      file.setExtractionOptions(only.id, null, { nbSamples: 1000 });
      file.start();
    };
    let at = 0;
    for (const uri of uris) {
      const body = await (await request.get(new URL(uri, master).href)).body();
      const bytes = new Uint8Array(body).buffer;
      file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, at));
      at += bytes.byteLength;
    }
    file.flush();
    expect(complaints).toEqual([]);
    expect(samples).toBe(track === "video" ? frames_encoded : Math.round((duration * 48_000) / 1024));
    expect(samples).toBeGreaterThan(0);
    expect(Math.abs(duration - watch.duration_ms / 1000)).toBeLessThan(0.1);
  }
});

