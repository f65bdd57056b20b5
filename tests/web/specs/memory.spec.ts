// What the browser remembers: preferences of the player, the name of a guest, where somebody stopped.
import { expect, spoken } from "../support/test";
import { test } from "../support/pages";
import { at, open, paused, position, video } from "../support/player";

test("speed, volume, mute and captions survive a reload, and another recording has them too", async ({
  visit,
  server,
  owner,
}) => {
  const speech = ["--screen", "synthetic", "--mic", `file:${spoken("screen.wav")}`];
  const recording = await server.recorder(owner).recorded(10, speech);
  const page = await visit(server);
  await open(page, recording.url);
  await expect(page.getByTestId("captions")).toBeVisible({ timeout: 60_000 });
  await page.getByTestId("speed").selectOption("1.5");
  await page.getByTestId("volume").fill("40");
  await page.getByTestId("mute").click();
  await page.getByTestId("captions").click();
  const other = await server.recorder(owner).recorded(3);
  const media = () => video(page).evaluate((it: HTMLVideoElement) => [it.playbackRate, Math.round(it.volume * 100), it.muted]);
  for (const link of [recording.url, other.url]) {
    await open(page, link);
    await expect.poll(media).toEqual([1.5, 40, true]);
    await expect(page.getByTestId("mute")).toHaveAccessibleName("Unmute");
    await expect(page.getByTestId("speed")).toHaveValue("1.5");
  }
  await open(page, recording.url);
  await expect(page.getByTestId("captions")).toHaveAttribute("aria-pressed", "true");
  const showing = () => video(page).evaluate((it: HTMLVideoElement) => [...it.textTracks].some((track) => track.mode === "showing"));
  await expect.poll(showing).toBe(true);
});

test("a guest sees under which name they write, changes it, and knows their own comments", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const [guest, owner] = [await visit(serverWithoutModel), await visit(serverWithoutModel, sam)];
  await open(guest, recording.url);
  await guest.getByTestId("comment-field").fill("As Ana");
  await guest.getByTestId("guest-name").fill("Ana");
  await guest.getByTestId("comment-send").click();
  await expect(guest.locator("[data-testid=comment][data-mine=true]")).toContainText(/Ana\s*you/);

  await guest.getByTestId("comment-field").fill("As Bea");
  await expect(guest.getByTestId("signed")).toContainText("Commenting as Ana");
  await guest.getByTestId("change-name").click();
  await expect(guest.getByTestId("guest-name")).toBeFocused();
  await expect(guest.getByTestId("guest-name")).toHaveValue("Ana");
  await guest.getByTestId("guest-name").fill("Bea");
  // It is shown before the server has it, and with it the new name.
  const kept = guest.waitForResponse((it) => it.request().method() === "POST" && it.url().endsWith("/comments"));
  await guest.getByTestId("comment-send").click();
  await kept;
  await expect(guest.getByTestId("comment").filter({ hasText: "As Bea" })).toContainText("Bea");

  await guest.reload();
  await guest.getByTestId("comment-field").fill("Still Bea");
  await expect(guest.getByTestId("signed")).toContainText("Commenting as Bea");
  await guest.getByTestId("comment-send").click();
  await expect(guest.getByTestId("comment").filter({ hasText: "Still Bea" })).toContainText("Bea");

  await open(owner, recording.url);
  await expect(owner.getByTestId("comment")).toHaveCount(3);
  await expect(owner.getByTestId("comment").first()).toContainText("guest");
  await expect(owner.locator("[data-testid=comment][data-mine=true]")).toHaveCount(0);
  const faces = await owner.locator("[data-testid=comment] .avatar").evaluateAll((all) => all.map((it) => getComputedStyle(it).backgroundColor));
  expect(new Set(faces).size, "one guest has one colour, under any name").toBe(1);
});

test("who comes back goes on where they stopped, unless the link says otherwise or they had seen it all", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(30);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await at(page, 0);
  for (const key of ["l", "ArrowRight", "Space"]) await page.keyboard.press(key);
  await expect.poll(() => position(page)).toBeGreaterThan(16);
  await page.keyboard.press("k");
  await expect.poll(() => paused(page)).toBe(true);
  const stopped = await position(page);

  await page.reload();
  await at(page, stopped);
  await expect(page.getByTestId("toast")).toContainText("where you stopped");
  await page.getByTestId("toast-undo").click();
  await at(page, 0);

  await open(page, `${recording.url}?t=3`);
  await at(page, 3);
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("End");
  await expect.poll(() => position(page)).toBeGreaterThan(25);
  await open(page, recording.url);
  await at(page, 0);
});
