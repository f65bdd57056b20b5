// A recorder that stops sending and reconnects. Slow: a recording counts as interrupted after a minute.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, playing, position, root, showing, video } from "../support/player";

test("an interrupted recording says so until that is dismissed, also after a reload, and goes on where it stopped when its recorder comes back", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  test.setTimeout(240_000);
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await recording.received(6);
  await page.keyboard.press("k");
  await playing(page);

  recording.program.signal("SIGSTOP");
  await expect(root(page)).toHaveAttribute("data-state", "interrupted", { timeout: 90_000 });
  await expect(page.getByTestId("interrupted")).toContainText("Recording stopped unexpectedly");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  const stopped = await position(page);
  await page.getByTestId("interrupted").getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByTestId("interrupted")).toHaveCount(0);
  await page.reload();
  await expect(root(page)).toHaveAttribute("data-complete", "true");
  await expect(page.getByTestId("interrupted"), "a reload is told of the state anew").toBeVisible();
  await page.keyboard.press("k");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);

  const late = await visit(serverWithoutModel);
  await open(late, `${recording.url}?t=99999`, "interrupted");
  await showing(late);
  await expect(late.getByTestId("failure")).toHaveCount(0);
  expect(await position(late), "a link behind the end shows the last picture").toBeGreaterThan(stopped - 1);

  recording.program.signal("SIGCONT");
  await expect(root(page)).toHaveAttribute("data-state", "recording");
  await expect.poll(async () => Number(await root(page).getAttribute("data-edge-ms"))).toBeGreaterThan(stopped * 1000 + 3000);
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(false);
  await page.keyboard.press("k");
  await expect.poll(() => position(page)).toBeGreaterThan(stopped + 1);
  const buffered = () =>
    video(page).evaluate((it: HTMLVideoElement) => (it.buffered.length === 1 ? it.buffered.end(0) : Number.NaN));
  await expect.poll(buffered, { message: "no hole where the recorder was silent" }).toBeGreaterThan(stopped + 2);
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
});
