// What was recorded beside picture and sound: the owner sees it, and empties it.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, root } from "../support/player";

test("the owner sees what the events track holds, and removes it for good", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.record();
  await recording.received(3);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url, "recording");
  // A mark, set while recording: a chapter at once, and a line of the events track.
  await samsRecorder.aside(["mark", "The bug"]).done();
  await page.getByTestId("tab-chapters").click();
  await expect(page.getByTestId("chapter")).toHaveText(/The bug/);
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished");

  await page.getByTestId("more").click();
  await page.getByTestId("recorded-events").click();
  await expect(page.getByTestId("recorded-counts")).toContainText("1 chapter mark");
  await expect(page.getByTestId("recorded-list")).toContainText("Chapter “The bug”");
  await expect(page.getByTestId("take-report")).toBeVisible();
  await page.getByTestId("ask-empty").click();
  await page.getByTestId("empty-recorded").click();
  await expect(page.getByTestId("nothing-recorded")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("more")).toBeFocused();
  await page.reload();
  await page.getByTestId("more").click();
  await page.getByTestId("recorded-events").click();
  await expect(page.getByTestId("nothing-recorded")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByTestId("tab-chapters").click();
  await expect(page.getByTestId("chapter"), "chapters are kept with the recording").toHaveText(/The bug/);
});
