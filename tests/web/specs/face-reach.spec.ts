// The camera, chapters and the list of what was recorded are for everybody: axe, names, keys, small windows.
import { LOOKS, nothingFound } from "../support/axe";
import { face, faced, WITH_CAMERA } from "../support/camera";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

for (const [name, look] of LOOKS) {
  test(`axe finds no violation with a camera (${name})`, async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
    const recording = await samsRecorder.recorded(4, WITH_CAMERA);
    const [page, guest] = [await visit(serverWithoutModel, sam, look), await visit(serverWithoutModel, undefined, look)];
    await open(guest, recording.url);
    await faced(guest);
    await nothingFound(guest, "guest");
    await guest.getByTestId("camera-menu").click();
    await nothingFound(guest, "camera of a guest");

    await open(page, recording.url);
    await faced(page);
    await page.getByTestId("tab-chapters").click();
    await nothingFound(page, "no chapters");
    await page.getByTestId("add-chapter").click();
    await nothingFound(page, "a chapter is named");
    await page.getByTestId("title-field").press("Enter");
    await page.getByTestId("camera-menu").click();
    await page.getByTestId("size-large").click();
    await expect(face(page)).toHaveAttribute("data-size", "large");
    await nothingFound(page, "camera of the owner");
    const sheet = await page.getByTestId("camera-sheet").boundingBox();
    const width = page.viewportSize()?.width ?? 0;
    expect(sheet && sheet.x >= 0 && sheet.x + sheet.width <= width, "the sheet lies within the window").toBe(true);
    await page.getByTestId("face-full").click();
    await expect(face(page)).toHaveAttribute("data-face", "full");
    await page.keyboard.press("Escape");
    await nothingFound(page, "full");
    await page.getByTestId("more").click();
    await page.getByTestId("recorded-events").click();
    await expect(page.getByTestId("recorded")).toContainText(/Only you see|Nothing/);
    await nothingFound(page, "what was recorded");
  });
}

test("a narrow page with a camera and three tabs is not wider than its window", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, WITH_CAMERA);
  const page = await visit(serverWithoutModel, sam, { viewport: { width: 320, height: 640 }, hasTouch: true });
  await open(page, recording.url);
  await faced(page);
  for (const width of [320, 360, 379, 600, 820]) {
    await page.setViewportSize({ width, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBe(width);
    await page.getByTestId("camera-menu").click();
    for (const part of ["camera-show", "face-hidden", "corner-bottom_right"]) await expect(page.getByTestId(part)).toBeInViewport({ ratio: 1 });
    await page.keyboard.press("Escape");
  }
});
