// Watching while it is being recorded, and after: what the browser really shows.
import { expect, seen, shown, test } from "../support/test";

test("a take is watched while it is recorded, and to its very end after", async ({ page, computer }) => {
  const take = await computer.record();
  await page.goto(take.url);
  const watch = page.locator("[data-page=watch]");
  await expect(watch).toHaveAttribute("data-state", "recording");
  const video = page.locator("video");
  await video.evaluate((v: HTMLVideoElement) => v.play());

  // The counter goes on: these are new pictures, not one that stands still.
  await expect.poll(async () => (await seen(page)).counter, { message: "a readable counter" }).not.toBeNull();
  const early = await shown(page);
  await expect.poll(async () => ((await seen(page)).counter ?? 0) - (early.counter ?? 0)).toBeGreaterThan(90);

  // What is shown at a position is what was recorded there, 30 pictures a second.
  const later = await shown(page);
  const pictures = ((later.counter ?? 0) - (early.counter ?? 0)) / 30;
  expect(Math.abs(pictures - (later.at - early.at))).toBeLessThan(0.1);

  const stopped = await take.stop();
  await expect(watch).toHaveAttribute("data-state", "finished");
  const length = Number(stopped.duration_ms) / 1000;
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.ended), { timeout: 30_000 }).toBe(true);
  const last = await seen(page);
  expect(Math.abs(last.at - length), "the player and the recorder agree on the length").toBeLessThan(0.1);
  const toTheEnd = ((last.counter ?? 0) - (early.counter ?? 0)) / 30;
  expect(Math.abs(early.at + toTheEnd - length), "the last picture is the last that was recorded").toBeLessThan(0.15);
});

test("a finished take plays from any point, picture and sound together", async ({ page, computer }) => {
  const take = await computer.recorded(7);
  await page.goto(take.url);
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");
  const video = page.locator("video");
  const seek = async (to: number) => {
    await video.evaluate(async (v: HTMLVideoElement, at) => {
      v.pause();
      const arrived = new Promise((resolve) => v.addEventListener("seeked", resolve, { once: true }));
      v.currentTime = at;
      await arrived;
    }, to);
    await expect.poll(async () => (await seen(page)).counter, { message: `a picture at ${to} s` }).not.toBeNull();
    return (await seen(page)).counter ?? 0;
  };
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.readyState)).toBeGreaterThanOrEqual(1);
  const start = await seek(0.02);
  for (const at of [5.02, 2.02, 6.02, 1.02]) {
    expect(Math.abs((await seek(at)) - start - (at - 0.02) * 30), `the picture at ${at} s`).toBeLessThanOrEqual(1);
  }

  // The beep is heard where the flash is seen: both as the browser decodes them.
  const { beeps, offset } = await beepsHeard(page, take.slug);
  expect(beeps.length).toBeGreaterThanOrEqual(2);
  for (const beep of beeps.filter((b) => b > 0.2 && b < 6.5)) {
    await seek(beep + offset + 0.05);
    expect((await seen(page)).flash, `a flash at the beep of ${beep} s`).toBe(true);
    await seek(beep + offset - 0.05);
    expect((await seen(page)).flash, `no flash just before the beep of ${beep} s`).toBe(false);
  }
});

test("a comment appears in a second browser without a reload", async ({ page, browser, spokenTake }) => {
  await page.goto(spokenTake.url);
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(spokenTake.url);
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

test("a word of the transcript is clicked and the player lands on it", async ({ page, house, spokenTake }) => {
  const transcript = async () => {
    const answer = await page.request.get(`${house.url}/api/watch/${spokenTake.slug}/transcript`);
    return (await answer.json()) as { state: string; words: { text: string; start_ms: number }[] };
  };
  await expect.poll(async () => (await transcript()).state, { timeout: 60_000 }).toBe("done");
  const { words } = await transcript();
  const word = words[Math.floor(words.length / 2)];
  if (!word) throw new Error("words were spoken");
  await page.goto(spokenTake.url);
  await page.getByTestId("tab-transcript").click();
  const nth = words.slice(0, words.indexOf(word)).filter((w) => w.text.trim() === word.text.trim()).length;
  await page.getByRole("tabpanel").getByText(word.text.trim(), { exact: true }).nth(nth).click();
  const at = () => page.locator("video").evaluate((v: HTMLVideoElement) => v.currentTime);
  await expect.poll(async () => Math.abs((await at()) - word.start_ms / 1000)).toBeLessThan(1);
});

test("an open page survives a server that is killed and comes back", async ({ page, emptyHouse }) => {
  const person = await emptyHouse.person("mara@example.org");
  const take = await emptyHouse.computer(person).record();
  await page.goto(take.url);
  const video = page.locator("video");
  await video.evaluate((v: HTMLVideoElement) => v.play());
  await expect.poll(async () => (await seen(page)).counter).not.toBeNull();
  await emptyHouse.killServer();
  await emptyHouse.startServerAgain();
  const before = (await seen(page)).counter ?? 0;
  await expect.poll(async () => ((await seen(page)).counter ?? 0) - before, { timeout: 40_000 }).toBeGreaterThan(60);
  await take.stop();
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");
});

/** Decodes the take's sound in the browser; `offset`: where its first sample lies on the timeline, in seconds. */
async function beepsHeard(page: import("@playwright/test").Page, slug: string): Promise<{ beeps: number[]; offset: number }> {
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
    return { beeps, offset: 0 };
  }, slug);
}
