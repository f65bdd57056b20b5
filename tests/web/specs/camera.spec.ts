// The camera over the picture: in step with it, in the way of nothing, where the owner and each viewer want it.
import { expect, SYNTHETIC } from "../support/test";
import { camera, face, faced, inStep, still, WITH_CAMERA } from "../support/camera";
import { apart, both } from "../support/counter";
import { test } from "../support/pages";
import { recorded, standing } from "../support/recorded";
import { open, paused, playing, position, root, showing, video } from "../support/player";

/** The same places in every run. */
function* places(length: number): Generator<number> {
  for (let n = 0, seed = 7; n < 20; n += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield 0.5 + (seed / 2_147_483_648) * (length - 1);
  }
}

test("face and screen show the same frame after a start, after twenty random seeks and at every speed", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(20, WITH_CAMERA);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await faced(page);
  await still(page);

  await page.keyboard.press("k");
  await playing(page);
  await inStep(page);
  await page.keyboard.press("k");
  await expect.poll(() => paused(page)).toBe(true);

  const length = Number(await root(page).getAttribute("data-edge-ms")) / 1000;
  const [screens, cameras] = await Promise.all([recorded(recording.url, recording.slug), recorded(recording.url, recording.slug, "camera")]);
  const distances: number[] = [];
  for (const to of places(length)) {
    await video(page).evaluate((it: HTMLVideoElement, to) => {
      it.currentTime = to;
    }, to);
    let pair = await still(page);
    // A recorder on a busy machine lets a picture stand longer in one track and not in the other: then the two that were recorded differ,
    // and both are shown as they were recorded. A browser on one draws the picture of a seek some time after it said that it is there.
    const wrong = async () => {
      pair = await still(page);
      const screen = standing(screens, pair.at).includes(pair.screen ?? -1) ? "" : `screen ${pair.screen} at ${pair.at}`;
      const face = standing(cameras, pair.cameraAt).includes(pair.camera ?? -1) ? "" : `face ${pair.camera} at ${pair.cameraAt}`;
      return screen + face;
    };
    await expect.poll(wrong, `at ${to}`).toBe("");
    expect(Math.abs(pair.at - pair.cameraAt), `at ${to}: ${JSON.stringify(pair)}`).toBeLessThan(1 / 60);
    distances.push(apart(pair));
  }
  test.info().annotations.push({ type: "frames apart after twenty seeks", description: distances.join(" ") });

  for (const rate of ["0.5", "1", "1.5", "2"]) {
    await page.getByTestId("timeline").focus();
    await page.keyboard.press("Home");
    await page.getByTestId("speed").selectOption(rate);
    await page.keyboard.press("k");
    await playing(page);
    await inStep(page);
    const pairs = [];
    for (let n = 0; n < 12; n += 1) pairs.push(await both(page, true));
    await page.keyboard.press("k");
    await expect.poll(() => paused(page)).toBe(true);
    // A browser that is late with one of two pictures, on a busy machine, shows the last one for a moment.
    const middle = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
    test.info().annotations.push({ type: `frames apart at ${rate}×`, description: pairs.map(apart).join(" ") });
    expect(middle(pairs.map(apart)), `at ${rate}×: ${JSON.stringify(pairs)}`).toBeLessThanOrEqual(1);
    const clocks = pairs.map(({ at, cameraAt }) => Math.abs(at - cameraAt));
    expect(middle(clocks), `at ${rate}×`).toBeLessThan(1 / 30);
    expect(await camera(page).evaluate((it: HTMLVideoElement) => it.muted)).toBe(true);
  }
});

test("who follows live has the face in step, and both come to the end", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record(WITH_CAMERA);
  await recording.received(6);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await page.keyboard.press("Space");
  await playing(page);
  await expect.poll(async () => Number(await root(page).getAttribute("data-edge-ms"))).toBeGreaterThan(6000);
  await page.keyboard.press("j");
  await page.getByTestId("go-live").click();
  await faced(page);
  await inStep(page);
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  await expect.poll(() => camera(page).evaluate((it: HTMLVideoElement) => it.duration - it.currentTime)).toBeLessThan(0.2);
  await page.keyboard.press("j");
  const { at, cameraAt } = await still(page);
  expect(Math.abs(at - cameraAt)).toBeLessThan(1 / 60);
});

test("a camera that does not arrive never stops the picture, and is shown where it arrives again", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(12, WITH_CAMERA);
  const page = await visit(serverWithoutModel);
  let away = true;
  await page.route("**/media/*/camera/*.m4s", (route) => (away ? route.abort() : route.fallback()));
  await open(page, recording.url);
  await page.keyboard.press("k");
  await playing(page);
  await expect.poll(() => position(page)).toBeGreaterThan(3);
  await expect(face(page)).toHaveAttribute("data-face", "hidden");
  expect(await paused(page)).toBe(false);
  await expect(page.getByTestId("failure")).toHaveCount(0);
  away = false;
  await faced(page);
  await inStep(page);
});

test("a camera that ends early is hidden from there on, the picture plays to its end, and the face is back where it was recorded", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(12, WITH_CAMERA, { track: "camera", parts: 8 });
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await faced(page);
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("End");
  await expect(face(page)).toHaveAttribute("data-face", "hidden");
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  expect(await position(page)).toBeGreaterThan(11);
  await expect(page.getByTestId("failure")).toHaveCount(0);

  await page.keyboard.press("Home");
  await faced(page);
  const { at, cameraAt } = await still(page);
  expect(Math.abs(at - cameraAt)).toBeLessThan(1 / 60);
  // Over the end of the camera, and on.
  await page.keyboard.press("k");
  await expect.poll(() => position(page)).toBeGreaterThan(7);
  await expect(face(page)).toHaveAttribute("data-face", "hidden");
  expect(await paused(page)).toBe(false);
});

test("a recording without a camera loads nothing of it", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, SYNTHETIC);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await showing(page);
  await expect(page.getByTestId("play")).toBeVisible();
  await expect(page.getByTestId("camera-menu")).toHaveCount(0);
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(loaded.filter((name) => /camera/.test(name))).toEqual([]);
});

test("a viewer sends the face to another corner or hides it, by drag, key and menu; it is remembered and nobody else's business", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(4, WITH_CAMERA);
  const [page, other] = [await visit(serverWithoutModel), await visit(serverWithoutModel)];
  await open(page, recording.url);
  await faced(page);
  await expect(face(page)).toHaveAttribute("data-corner", "bottom_left");

  const [grip, picture] = [await page.getByTestId("face-grip").boundingBox(), await page.locator(".picture").boundingBox()];
  if (!grip || !picture) throw new Error("both are shown");
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(picture.x + picture.width * 0.6, picture.y + picture.height * 0.5, { steps: 4 });
  await page.mouse.move(picture.x + picture.width * 0.85, picture.y + picture.height * 0.2, { steps: 4 });
  await page.mouse.up();
  await expect(face(page)).toHaveAttribute("data-corner", "top_right");
  await expect(page.getByTestId("camera-sheet"), "a drag is no click").toHaveCount(0);

  await page.getByTestId("face-grip").focus();
  await page.keyboard.press("ArrowDown");
  await expect(face(page)).toHaveAttribute("data-corner", "bottom_right");
  await expect(page.getByTestId("face-grip")).toHaveAccessibleName("Camera, bottom right");
  await expect(page.getByTestId("announcements")).toContainText("Camera: bottom right");
  expect(await position(page), "the arrows are the face's").toBe(0);

  await page.reload();
  await faced(page);
  await expect(face(page)).toHaveAttribute("data-corner", "bottom_right");

  await page.getByTestId("face-grip").click();
  await page.getByTestId("camera-corner").selectOption("");
  await expect(face(page)).toHaveAttribute("data-corner", "bottom_left");
  await page.getByTestId("camera-show").uncheck();
  await expect(camera(page)).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("camera-menu")).toBeFocused();
  await page.reload();
  await expect(page.getByTestId("camera-menu")).toHaveAccessibleName("Camera, hidden");
  await expect(camera(page)).toHaveCount(0);
  await page.getByTestId("camera-menu").click();
  await page.getByTestId("camera-show").check();
  await faced(page);

  await open(other, recording.url);
  await faced(other);
  await expect(face(other)).toHaveAttribute("data-corner", "bottom_left");
});

test("news of the recording leaves the face as it is", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, WITH_CAMERA);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await faced(page);
  await camera(page).evaluate((it) => it.setAttribute("data-seen", "before"));
  const title = page.getByTestId("title");
  await title.getByRole("button").click();
  await page.getByTestId("title-field").fill("Another title");
  await page.getByTestId("title-field").press("Enter");
  await expect(title).toHaveText("Another title");
  await expect(camera(page)).toHaveAttribute("data-seen", "before");
});

test("the mask is round and lies where the downloaded file has it, at a desk, on a phone and in full screen", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, WITH_CAMERA);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await faced(page);
  const measure = () =>
    face(page).evaluate((it) => {
      const video = document.querySelector<HTMLVideoElement>("[data-testid=video]");
      if (!video) throw new Error("no video");
      const [box, mask] = [video.getBoundingClientRect(), it.getBoundingClientRect()];
      const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
      const left = box.left + (box.width - video.videoWidth * scale) / 2;
      const top = box.top + (box.height - video.videoHeight * scale) / 2;
      const shorter = Math.min(video.videoWidth, video.videoHeight) * scale;
      return {
        diameter: mask.width / shorter,
        left: (mask.left - left) / shorter,
        bottom: (top + video.videoHeight * scale - mask.bottom) / shorter,
        round: getComputedStyle(it.querySelector("video") ?? it).borderRadius,
        square: Math.abs(mask.width - mask.height) < 1,
      };
    });
  const looks: [string, () => Promise<unknown>][] = [
    ["desk", () => page.setViewportSize({ width: 1280, height: 800 })],
    ["low window", () => page.setViewportSize({ width: 1280, height: 500 })],
    ["phone", () => page.setViewportSize({ width: 390, height: 844 })],
    ["full screen", () => page.getByTestId("fullscreen").click()],
  ];
  for (const [name, look] of looks) {
    await look();
    if (name === "full screen") await expect(page.getByTestId("fullscreen")).toHaveAccessibleName("Leave full screen");
    await expect.poll(async () => Math.abs((await measure()).diameter - 0.26), { message: name }).toBeLessThan(0.01);
    const mask = await measure();
    expect(mask, name).toMatchObject({ round: "50%", square: true });
    expect(Math.abs(mask.left - 0.03), `${name}, left`).toBeLessThan(0.01);
    expect(Math.abs(mask.bottom - 0.03), `${name}, bottom`).toBeLessThan(0.01);
  }
});

test("where only the browser's own HLS exists the face follows as well", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8, WITH_CAMERA);
  const page = await visit(serverWithoutModel);
  await page.addInitScript(() => Reflect.deleteProperty(window, "MediaSource"));
  await open(page, recording.url);
  await faced(page);
  expect(await camera(page).evaluate((it: HTMLVideoElement) => it.src)).toMatch(/\/media\/[^/]+\/camera\.m3u8$/);
  // Before it plays, that player hands out no pictures to read counters from: its clocks are compared.
  const clocks = async () => {
    const { at, cameraAt } = await both(page);
    return Math.abs(at - cameraAt);
  };
  await still(page);
  expect(await clocks()).toBeLessThan(1 / 30);
  await page.keyboard.press("k");
  await playing(page);
  await inStep(page);
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowRight");
  await still(page);
  expect(await clocks()).toBeLessThan(1 / 30);
});
