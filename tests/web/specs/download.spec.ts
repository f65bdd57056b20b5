// The recording as one file.
import { execFileSync } from "node:child_process";
import { expect } from "../support/test";
import { WITH_CAMERA } from "../support/camera";
import { test } from "../support/pages";
import { open } from "../support/player";

test("a guest and the owner ask for the MP4, see how far it is, and get it", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(6, WITH_CAMERA);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(guest, recording.url);
  await guest.getByTestId("share").click();
  const asked = guest.waitForEvent("download");
  await guest.getByTestId("download").click();
  await expect(guest.getByTestId("download-progress").or(guest.getByTestId("toast").filter({ hasText: "Download started" }))).toBeVisible();
  const file = await (await asked).path();
  const probed = JSON.parse(
    execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name:format=duration", "-of", "json", file], { encoding: "utf8" }),
  ) as { streams: { codec_name: string }[]; format: { duration: string } };
  expect(probed.streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
  expect(Math.abs(Number(probed.format.duration) - 6)).toBeLessThan(0.5);
  await expect(guest.getByTestId("download-progress")).toHaveCount(0);

  // It is there by now.
  await open(owner, recording.url);
  await owner.getByTestId("more").click();
  const again = owner.waitForEvent("download");
  await owner.getByTestId("download").click();
  expect((await again).suggestedFilename()).toMatch(/\.mp4$/);
});

test("a recording that still runs cannot be downloaded yet", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url, "recording");
  await page.getByTestId("more").click();
  await expect(page.getByTestId("download")).toHaveCount(0);
  await recording.stop();
  await expect(page.getByTestId("download")).toBeVisible();
});
