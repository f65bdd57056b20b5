// A recording that its recorder has paused is still being made.
import { expect } from "../support/test";
import { face, faced, inStep, WITH_CAMERA } from "../support/camera";
import { test } from "../support/pages";
import { open, playing, root, video } from "../support/player";

test("a paused recording says Paused, stays live, and goes on when the recorder does", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await recording.received(4);
  recording.program.signal("SIGUSR1");
  // The recorder's own word for it, said by its owner here.
  const headers = { authorization: `Bearer ${sam.token}`, "content-type": "application/json" };
  const { id } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`, { headers })).json();
  const beat = async (state: string) => {
    const said = await fetch(`${serverWithoutModel.url}/api/recordings/${id}/heartbeat`, { method: "POST", headers, body: JSON.stringify({ state }) });
    expect(said.status).toBe(200);
  };
  await beat("paused");
  await expect(root(page)).toHaveAttribute("data-state", "paused");
  await expect(page.getByTestId("live-badge")).toHaveText("Paused");
  await expect(page.getByTestId("interrupted")).toHaveCount(0);

  // Who comes now sees the same, and both can watch what is there.
  const later = await visit(serverWithoutModel);
  await open(later, recording.url, "paused");
  await expect(later.getByTestId("live-badge")).toHaveText("Paused");
  await later.keyboard.press("k");
  await playing(later);
  const edge = Number(await root(page).getAttribute("data-edge-ms"));

  recording.program.signal("SIGUSR1");
  await beat("recording");
  for (const one of [page, later]) {
    await expect(root(one)).toHaveAttribute("data-state", "recording");
    await expect(one.getByTestId("live-badge")).toHaveText("Recording now");
    await expect.poll(async () => Number(await root(one).getAttribute("data-edge-ms"))).toBeGreaterThan(edge + 1000);
  }
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
});

test("a paused take with a camera says Paused while it is watched, its lists stay live, and face and screen go on together", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.record(WITH_CAMERA);
  await recording.received(6);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await page.keyboard.press("k");
  await playing(page);
  await faced(page);

  await samsRecorder.aside(["pause"]).done();
  await expect(root(page)).toHaveAttribute("data-state", "paused");
  await expect(page.getByTestId("live-badge")).toHaveText("Paused");
  const { playback } = await (await page.request.get(`/api/watch/${recording.slug}`)).json();
  for (const track of ["video", "audio", "camera"]) {
    const list = await (await page.request.get(playback.url.replace("master", track))).text();
    expect(list, track).toContain("CAN-BLOCK-RELOAD=YES");
    expect(list, track).not.toContain("EXT-X-ENDLIST");
  }
  const edge = Number(await root(page).getAttribute("data-edge-ms"));

  await samsRecorder.aside(["resume"]).done();
  await expect(root(page)).toHaveAttribute("data-state", "recording");
  await expect.poll(async () => Number(await root(page).getAttribute("data-edge-ms"))).toBeGreaterThan(edge + 3000);
  // Behind the place of the pause, by itself.
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.currentTime * 1000)).toBeGreaterThan(edge + 500);
  await faced(page);
  await inStep(page);

  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  await expect(face(page)).toHaveAttribute("data-face", "corner");
});
