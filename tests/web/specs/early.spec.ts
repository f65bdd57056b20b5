// The watch page before its components are loaded: they are held back here until the test lets them come.
import type { BrowserContextOptions, Page } from "@playwright/test";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { at, paused, playing, position, root, video } from "../support/player";

const COMPONENTS = "**/assets/WatchPage-*.js";

/** Opens the page without its components; returns how to let them come. */
async function openWithoutComponents(page: Page, link: string): Promise<() => Promise<void>> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(COMPONENTS, async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(link);
  await expect(page.getByTestId("start")).toBeVisible();
  return async () => {
    release();
    await expect(root(page)).toHaveAttribute("data-state", "finished");
    await expect(page.getByTestId("shell")).toHaveCount(0);
  };
}

/** Notes pauses of the video from here on. */
const pauses = (page: Page) =>
  video(page).evaluateHandle((it) => {
    const log = { pauses: 0 };
    it.addEventListener("pause", () => (log.pauses += 1));
    return log;
  });

test("the picture plays and obeys the keyboard, and plays on while the components take over", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  const release = await openWithoutComponents(page, recording.url);
  await page.keyboard.press("Space");
  await playing(page);
  await expect(page.getByTestId("start")).toBeHidden();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => position(page)).toBeGreaterThan(5);
  await page.keyboard.press("m");
  expect(await video(page).evaluate((it: HTMLVideoElement) => it.muted)).toBe(true);
  const log = await pauses(page);
  await release();
  await playing(page);
  expect(await log.jsonValue()).toEqual({ pauses: 0 });
  await expect(page.getByTestId("mute")).toHaveAccessibleName("Unmute");
  await page.getByTestId("video").click({ position: { x: 20, y: 20 } });
  await expect.poll(() => paused(page)).toBe(true);
});

test("a click on the picture plays it, and the focus stays with whoever has it", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  const release = await openWithoutComponents(page, recording.url);
  await page.getByTestId("start").focus();
  await release();
  await expect(page.getByTestId("start")).toBeFocused();

  const again = await openWithoutComponents(page, `${recording.url}?t=1`);
  await page.getByTestId("video").click({ position: { x: 20, y: 20 } });
  await playing(page);
  await again();
  expect(await paused(page)).toBe(false);
});

test("a comment that is begun goes on in its field, at its moment", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  const release = await openWithoutComponents(page, `${recording.url}?t=2`);
  await at(page, 2);
  await page.keyboard.press("Space");
  await playing(page);
  await page.keyboard.type("cHello, ");
  expect(await paused(page), "the picture waits for who writes").toBe(true);
  const here = await position(page);
  await release();
  await page.keyboard.type("early bird");
  await expect(page.getByTestId("comment-field")).toHaveValue("Hello, early bird");
  await at(page, here);
  await page.getByTestId("guest-name").fill("Ana");
  await page.getByTestId("comment-field").press("Enter");
  await expect(page.getByTestId("comment-body")).toHaveText("Hello, early bird");
  const { comments } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}/comments`)).json();
  expect(Math.abs(comments[0].at_ms - here * 1000)).toBeLessThan(50);
  await expect.poll(() => paused(page), { message: "and plays on" }).toBe(false);
});

test("a comment that is given up early leaves nothing, and a sentence typed at the page moves nothing", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  let release = await openWithoutComponents(page, `${recording.url}?t=2`);
  await at(page, 2);
  await page.keyboard.type("cNever mind");
  await page.keyboard.press("Escape");
  await release();
  await expect(page.getByTestId("comment-field")).toHaveValue("");

  release = await openWithoutComponents(page, `${recording.url}?t=2`);
  await at(page, 2);
  await page.keyboard.type("look at this");
  await release();
  await expect(page.getByTestId("toast")).toContainText("press c");
  await at(page, 2);
  expect(await paused(page)).toBe(true);
});

test("help and full screen come with the components", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  let release = await openWithoutComponents(page, recording.url);
  await page.keyboard.press("?");
  await release();
  await expect(page.getByTestId("help-dialog")).toBeVisible();

  release = await openWithoutComponents(page, `${recording.url}?t=1`);
  await page.getByTestId("video").dblclick({ position: { x: 20, y: 20 } });
  await release();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
});

test("an action that needs the components loads them before the first picture", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/media/**", async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(recording.url);
  await expect(page.getByTestId("start")).toBeVisible();
  await page.keyboard.type("cSoon");
  await expect(page.getByTestId("comment-field")).toHaveValue("Soon");
  release();
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.readyState)).toBeGreaterThanOrEqual(2);
});

test("without the components the picture can still be watched", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await page.route(COMPONENTS, (route) => route.abort());
  await page.goto(recording.url);
  await expect(page.getByRole("alert")).toContainText("reload");
  await page.keyboard.press("Space");
  await playing(page);
  await page.unroute(COMPONENTS);
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
});

const touch = (width: number, height: number): BrowserContextOptions => ({ viewport: { width, height }, hasTouch: true, isMobile: true });
for (const [name, look] of [
  ["a desk", { viewport: { width: 1280, height: 800 } }],
  ["a tablet held upright", touch(820, 1180)],
  ["a phone", touch(390, 844)],
  ["a small phone", touch(320, 640)],
] as const) {
  test(`on ${name} nothing moves when the components take over`, async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
    const recording = await samsRecorder.recorded(4, ["--screen", "synthetic", "--mic", "none", "--title", "BUG-214: the save button is cut off when the window is narrow"]);
    for (const person of [undefined, sam]) {
      const page = await visit(serverWithoutModel, person, look);
      await page.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        const note = (list: PerformanceObserverEntryList) =>
          shifts.push(...list.getEntries().map((entry) => (entry as PerformanceEntry & { value: number }).value));
        new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
      });
      const release = await openWithoutComponents(page, recording.url);
      const places = () =>
        page.evaluate(() =>
          ["header", ".home", ".heading", "video", ".start", ".bar"].map((selector) => {
            const box = document.querySelector(selector)?.getBoundingClientRect();
            if (!box) throw new Error(`there is no ${selector}`);
            // The title is a button for its owner and makes room for others: its middle is where it was.
            const sizes = selector === ".heading" ? [box.y + box.height / 2] : [box.y, box.width, box.height];
            return { selector, sizes: [box.x, ...sizes] };
          }),
        );
      const shift = () => page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0));
      const [before, first] = [await places(), await shift()];
      await release();
      // Half a pixel is what rounding the middle of a line makes.
      for (const [n, { selector, sizes }] of (await places()).entries()) {
        for (const [i, size] of sizes.entries()) expect(Math.abs(size - (before[n]?.sizes[i] ?? 0)), selector).toBeLessThanOrEqual(0.5);
      }
      expect((await shift()) - first, "cumulative layout shift").toBeLessThan(0.01);
    }
  });
}
