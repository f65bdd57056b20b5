// Links to a moment: any way of writing it, and moments that are not there.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { at, open, playing, position, root, showing, video } from "../support/player";

const ended = (page: import("@playwright/test").Page) => video(page).evaluate((it: HTMLVideoElement) => it.ended);

test("a link behind the end shows the last picture, says so, and plays from the beginning", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(5);
  const page = await visit(serverWithoutModel);
  for (const moment of ["99999", "1:99", "99:99:99"]) {
    await open(page, `${recording.url}?t=${moment}`);
    await expect(root(page)).toHaveAttribute("data-complete", "true");
    await showing(page);
    await expect(page.getByTestId("failure")).toHaveCount(0);
    await expect(page.getByTestId("toast")).toContainText("this recording ends at 0:0");
    const length = Number(await root(page).getAttribute("data-edge-ms")) / 1000;
    expect(await position(page)).toBeGreaterThan(length - 0.5);
    expect(await position(page)).toBeLessThanOrEqual(length);
    await expect(page.getByTestId("time")).toHaveText(/^0:0[45]$/);
    await expect(page.getByTestId("time-chip")).toHaveText(/^0:0[45]$/);
    await page.getByTestId("start").click();
    await playing(page);
    expect(await position(page)).toBeLessThan(3);
  }
});

test("the very end is reached, ends, and plays again, every time", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  for (let n = 0; n < 3; n += 1) {
    await page.getByTestId("timeline").focus();
    await page.keyboard.press("End");
    await expect.poll(() => ended(page)).toBe(true);
    await showing(page);
    await page.keyboard.press("k");
    await playing(page);
    expect(await position(page)).toBeLessThan(3);
  }
});

test("a moment may be written in any of the usual ways, and nonsense is the beginning", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(5);
  const page = await visit(serverWithoutModel);
  for (const [moment, seconds] of [
    ["2.5", 2.5],
    ["0m3s", 3],
    ["0:03.5", 3.5],
    ["0x10", 0],
    ["-5", 0],
  ] as const) {
    await open(page, `${recording.url}?t=${moment}`);
    await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.buffered.length)).toBeGreaterThan(0);
    await at(page, seconds);
    await showing(page);
  }
});

test("a link into the middle has the large play button and begins there", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(5);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=3`);
  await showing(page);
  await page.getByTestId("start").click();
  await playing(page);
  expect(await position(page)).toBeGreaterThan(2.9);
  await expect(page.getByTestId("start")).toHaveCount(0);
});

test("a link behind the end of a recording in progress leads to the live edge", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record();
  await recording.received(8);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=99999`, "recording");
  await page.keyboard.press("k");
  await playing(page);
  await expect(page.getByTestId("failure")).toHaveCount(0);
  expect(await position(page)).toBeLessThan(120);
  await recording.stop();
});

test("a video that cannot be played says so plainly, keeps the browser's words under Details, and tries again", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(5);
  const page = await visit(serverWithoutModel);
  await page.route("**/media/**/*.mp4", (route) => route.fulfill({ body: Buffer.from("this is no film") }));
  await open(page, `${recording.url}?t=3`);
  const failure = page.getByTestId("failure");
  await expect(failure).toContainText("This video couldn't be played.");
  await expect(failure.locator("details p")).toBeHidden();
  expect(await failure.innerText()).not.toMatch(/exception|error|buffer/i);
  await page.getByTestId("failure-details").locator("summary").click();
  await expect(failure.locator("details p")).toBeVisible();
  await page.unroute("**/media/**/*.mp4");
  await page.getByTestId("try-again").click();
  await expect(failure).toHaveCount(0);
  await showing(page);
  await at(page, 3);
});
