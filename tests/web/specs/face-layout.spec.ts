// Where the face lies: laid out by the owner for everybody, from a moment on.
import { expect } from "../support/test";
import { face, faced, WITH_CAMERA } from "../support/camera";
import { test } from "../support/pages";
import { at, open } from "../support/player";

test("the owner lays the camera out from a moment on; others see it at once, and it can be undone", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8, WITH_CAMERA);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(owner, `${recording.url}?t=4`);
  await open(guest, `${recording.url}?t=5`);
  for (const page of [owner, guest]) {
    await faced(page);
    await expect(face(page)).toHaveAttribute("data-corner", "bottom_left");
  }

  await owner.getByTestId("face-grip").focus();
  await owner.keyboard.press("ArrowRight");
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-corner", "bottom_right");
  await owner.getByTestId("face-grip").press("Enter");
  await owner.getByTestId("size-large").click();
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-size", "large");
  await owner.getByTestId("face-full").click();
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-face", "full");
  await owner.getByTestId("face-hidden").click();
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-face", "hidden");

  // Before that moment nothing has changed.
  await guest.getByTestId("timeline").focus();
  await guest.keyboard.press("Home");
  await expect(face(guest)).toHaveAttribute("data-face", "corner");
  await expect(face(guest)).toHaveAttribute("data-corner", "bottom_left");
  await guest.keyboard.press("ArrowRight");
  await expect(face(guest)).toHaveAttribute("data-face", "hidden");

  await owner.getByTestId("toast-undo").click();
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-face", "full");

  await guest.reload();
  await expect(face(guest)).toHaveAttribute("data-face", "full");

  await owner.getByTestId("camera-menu").click();
  await expect(owner.getByTestId("layout-moments").locator("li")).toHaveCount(1);
  await owner.getByTestId("remove-moment").click();
  for (const page of [owner, guest]) await expect(face(page)).toHaveAttribute("data-corner", "bottom_left");
});

test("two windows of the owner do not overwrite one another: other moments stay, the same moment is told", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8, WITH_CAMERA);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  // The second window does not hear of changes.
  await two.route("**/events?*", (route) => route.abort());
  await open(one, `${recording.url}?t=2`);
  await open(two, `${recording.url}?t=5`);
  for (const page of [one, two]) await faced(page);

  await one.getByTestId("camera-menu").click();
  await one.getByTestId("corner-top_right").click();
  await expect(face(one)).toHaveAttribute("data-corner", "top_right");
  await two.getByTestId("timeline").focus();
  await two.keyboard.press("Home");
  await at(two, 0);
  await two.getByTestId("camera-menu").click();
  await two.getByTestId("size-large").click();
  await expect(face(two)).toHaveAttribute("data-size", "large");
  await expect(two.getByTestId("layout-moments").locator("li"), "the other window's change is still there").toHaveCount(2);

  await one.getByTestId("corner-top_left").click();
  await expect(face(one)).toHaveAttribute("data-corner", "top_left");
  await two.keyboard.press("Escape");
  await two.keyboard.press("Escape");
  await two.getByTestId("timeline").focus();
  await two.keyboard.press("End");
  await two.getByTestId("camera-menu").click();
  await two.getByTestId("corner-bottom_right").click();
  await expect(two.getByTestId("toast")).toContainText("Nothing was overwritten");
  await expect(face(two), "it shows what is there now").toHaveAttribute("data-corner", "top_left");
});

test("what the speaker does with the camera while recording is seen live, and later at its moment", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record(WITH_CAMERA);
  await recording.received(3);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await page.keyboard.press("k");
  await faced(page);
  await samsRecorder.aside(["face", "full"]).done();
  await expect(face(page)).toHaveAttribute("data-face", "full");
  await samsRecorder.aside(["face", "corner", "--corner", "top-right"]).done();
  await expect(face(page)).toHaveAttribute("data-corner", "top_right");
  await expect(face(page)).toHaveAttribute("data-face", "corner");
  await recording.stop();
  const later = await visit(serverWithoutModel);
  await open(later, recording.url);
  await faced(later);
  await expect(face(later)).toHaveAttribute("data-corner", "bottom_left");
  await later.getByTestId("timeline").focus();
  await later.keyboard.press("End");
  await expect(face(later)).toHaveAttribute("data-corner", "top_right");
});
