// Watching while it is being recorded, and after: what the browser really shows.
import { showing } from "../support/player";
import { recorded, standing } from "../support/recorded";
import { expect, seen, shown, test } from "../support/test";

test("a recording is watched while it is recorded, and to its very end after", async ({ page, recorder }) => {
  const recording = await recorder.record();
  await page.goto(recording.url);
  const watch = page.locator("[data-page=watch]");
  await expect(watch).toHaveAttribute("data-state", "recording");
  const video = page.locator("video");
  await video.evaluate((v: HTMLVideoElement) => v.play());

  // The counter goes on: these are new pictures, not one that stands still.
  await expect.poll(async () => (await seen(page)).counter, { message: "a readable counter" }).not.toBeNull();
  const early = (await seen(page)).counter ?? 0;
  const begin = await counterBegins(page);
  await expect.poll(async () => ((await seen(page)).counter ?? 0) - early).toBeGreaterThan(90);
  // What is shown at a position is what was recorded there, 30 pictures a second.
  expect(Math.abs((await counterBegins(page)) - begin)).toBeLessThan(0.05);

  const stopped = await recording.stop();
  await expect(watch).toHaveAttribute("data-state", "finished");
  const length = Number(stopped.duration_ms) / 1000;
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.ended), { timeout: 30_000 }).toBe(true);
  expect(Math.abs((await seen(page)).at - length), "the player and the recorder agree on the length").toBeLessThan(0.1);

  // A browser that is late at the end passes over the last pictures; who looks at the end sees the last one that was recorded.
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await showing(page);
  await page.keyboard.press("End");
  const last = (await recorded(recording.url, recording.slug)).at(-1)?.counter;
  await expect.poll(async () => (await seen(page)).counter, { message: "the last picture" }).toBe(last);
  // A recorder that waits for the processor when it is told to stop has a picture that stands longer, never one from behind the end.
  const stands = length - (begin + (last ?? Number.NaN) / 30);
  expect(stands, "seconds from when the last picture was taken to the end").toBeGreaterThan(-0.05);
  expect(stands).toBeLessThan(1);
});

test("a finished recording plays from any point, picture and sound together", async ({ page, recorder }) => {
  const recording = await recorder.recorded(7);
  await page.goto(recording.url);
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");
  const video = page.locator("video");
  // From far away, so that there is another picture to wait for: `seeked` comes before it can be drawn.
  const seek = async (to: number) => {
    await video.evaluate(async (v: HTMLVideoElement, at) => {
      v.pause();
      const presented = new Promise<void>((resolve) => {
        const look = (_: number, frame: VideoFrameCallbackMetadata) => {
          if (Math.abs(frame.mediaTime - at) < 1) resolve();
          else v.requestVideoFrameCallback(look);
        };
        v.requestVideoFrameCallback(look);
      });
      v.currentTime = at;
      await presented;
    }, to);
    const { counter, flash } = await seen(page);
    if (counter === null) throw new Error(`no readable counter at ${to} s`);
    return { counter, flash };
  };
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.readyState)).toBeGreaterThanOrEqual(1);

  const pictures = await recorded(recording.url, recording.slug);
  for (const at of [0.52, 5.02, 2.02, 6.02, 3.52, 1.02, 4.52, 2.72, 5.72]) {
    await seek(at);
    // A browser on a busy machine draws a picture some time after it said that it is presented.
    const shown = async () => (await seen(page)).counter ?? -1;
    await expect.poll(async () => standing(pictures, at).includes(await shown()), `what was recorded at ${at} s`).toBe(true);
  }
  // A recorder that had to wait for the processor has a picture that stands longer, never one too early: the freshest says where the
  // counter began.
  const begin = Math.min(...pictures.map(({ at, counter }) => at * 30 - counter));

  // The beep is heard where the flash was drawn, which is at every 60th picture: both as the browser decodes them.
  const beeps = (await beepsHeard(page, recording.slug)).filter((b) => b > 0.2 && b < 6.5);
  expect(beeps.length).toBeGreaterThanOrEqual(2);
  for (const beep of beeps) {
    const counter = beep * 30 - begin;
    expect(Math.abs(counter - Math.round(counter / 60) * 60), `pictures from the flash to the beep of ${beep} s`).toBeLessThanOrEqual(1.5);
  }
  const flashes: boolean[] = [];
  for (const near of [...beeps.map((b) => b + 0.05), ...beeps.map((b) => b - 0.05)]) {
    const picture = await seek(near);
    expect(picture.flash, `the flash in the picture ${picture.counter}`).toBe(picture.counter % 60 < 3);
    flashes.push(picture.flash);
  }
  expect(flashes).toContain(true);
  expect(flashes).toContain(false);
});

test("a comment appears in a second browser without a reload", async ({ page, browser, spokenRecording }) => {
  await page.goto(spokenRecording.url);
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(spokenRecording.url);
  await expect(elsewhere.getByTestId("comment-field")).toBeVisible();

  const words = `Seen at ${Date.now()}`;
  await page.getByTestId("comment-field").fill(words);
  await page.getByTestId("guest-name").fill("Ana");
  await page.getByTestId("comment-send").click();
  await expect(page.getByText(words)).toBeVisible();
  await expect(elsewhere.getByText(words)).toBeVisible();
  await expect(elsewhere.getByText("Ana").first()).toBeVisible();
  await elsewhere.context().close();
});

test("a word of the transcript is clicked and the player lands on it", async ({ page, server, spokenRecording }) => {
  const transcript = async () => {
    const answer = await page.request.get(`${server.url}/api/watch/${spokenRecording.slug}/transcript`);
    return (await answer.json()) as { state: string; words: { text: string; start_ms: number }[] };
  };
  await expect.poll(async () => (await transcript()).state, { timeout: 60_000 }).toBe("done");
  const { words } = await transcript();
  const word = words[Math.floor(words.length / 2)];
  if (!word) throw new Error("words were spoken");
  await page.goto(spokenRecording.url);
  await page.getByTestId("tab-transcript").click();
  const nth = words.slice(0, words.indexOf(word)).filter((w) => w.text.trim() === word.text.trim()).length;
  await page.getByRole("tabpanel").getByText(word.text.trim(), { exact: true }).nth(nth).click();
  const at = () => page.locator("video").evaluate((v: HTMLVideoElement) => v.currentTime);
  await expect.poll(async () => Math.abs((await at()) - word.start_ms / 1000)).toBeLessThan(1);
});

test("an open page survives a server that is killed and comes back", async ({ page, emptyServer }) => {
  const person = await emptyServer.person("mara@example.org");
  const recording = await emptyServer.recorder(person).record();
  await page.goto(recording.url);
  const video = page.locator("video");
  await video.evaluate((v: HTMLVideoElement) => v.play());
  await expect.poll(async () => (await seen(page)).counter).not.toBeNull();
  await emptyServer.killServer();
  await emptyServer.startServerAgain();
  const before = (await seen(page)).counter ?? 0;
  await expect.poll(async () => ((await seen(page)).counter ?? 0) - before, { timeout: 40_000 }).toBeGreaterThan(60);
  await recording.stop();
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");
});

/**
 * Where the counter of a film that plays began, in seconds, by the freshest of eight pictures: a recorder that waits for the processor
 * gives a picture a later time than its own, never an earlier one.
 */
async function counterBegins(page: import("@playwright/test").Page): Promise<number> {
  const begins = new Map<number, number>();
  while (begins.size < 8) {
    const { at, counter } = await shown(page);
    if (counter !== null) begins.set(counter, Math.min(at - counter / 30, begins.get(counter) ?? Number.POSITIVE_INFINITY));
  }
  return Math.min(...begins.values());
}

/** Decodes the recording's sound in the browser and finds where beeps begin, in seconds. */
async function beepsHeard(page: import("@playwright/test").Page, slug: string): Promise<number[]> {
  return await page.evaluate(async (name) => {
    const watch = await (await fetch(`/api/watch/${name}`)).json();
    const master = new URL(watch.playback.url, location.href);
    const list = await (await fetch(new URL("audio.m3u8", master))).text();
    const uris = [...list.matchAll(/URI="([^"]+)"/g)].slice(0, 1).map((m) => m[1] ?? "");
    uris.push(...list.split("\n").filter((line) => line && !line.startsWith("#")));
    const parts = await Promise.all(uris.map(async (uri) => (await fetch(new URL(uri, master))).arrayBuffer()));
    const sound = await new OfflineAudioContext(1, 48_000, 48_000).decodeAudioData(await new Blob(parts).arrayBuffer());
    const samples = sound.getChannelData(0);
    const beeps: number[] = [];
    let loud = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i] ?? 0) < 0.1) continue;
      if (i - loud > 4800) beeps.push(i / sound.sampleRate);
      loud = i;
    }
    return beeps;
  }, slug);
}
