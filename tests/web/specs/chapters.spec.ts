// Marks: chapters on the timeline and in a list.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { at, beginning, open, position } from "../support/player";

test("the owner adds, renames, moves and deletes chapters; a guest sees them at once, and jumps to them", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(12);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(owner, `${recording.url}?t=4`);
  await at(owner, 4);
  await open(guest, recording.url);
  await expect(guest.getByTestId("tab-chapters")).toHaveCount(0);

  await owner.getByTestId("tab-chapters").click();
  await owner.getByTestId("add-chapter").click();
  await expect(owner.getByTestId("title-field")).toBeFocused();
  await owner.getByTestId("title-field").fill("The bug");
  await owner.getByTestId("title-field").press("Enter");
  await expect(owner.getByTestId("chapter")).toHaveText(/0:04\s*The bug/);

  await guest.getByTestId("tab-chapters").click();
  const chapter = guest.getByTestId("chapter");
  await expect(chapter).toHaveText(/0:04\s*The bug/);
  await expect(guest.getByTestId("chapter-gap")).toHaveCount(1);
  await expect(guest.getByTestId("rename-chapter")).toHaveCount(0);
  await chapter.getByTestId("chapter-seek").click();
  await at(guest, 4);
  await expect(guest.getByTestId("timeline")).toHaveAttribute("aria-valuetext", /The bug/);

  // By key, from anywhere: back to the beginning, and on.
  await guest.keyboard.press("Control+ArrowLeft");
  const start = await beginning(guest);
  await expect.poll(() => position(guest)).toBeLessThan(start + 0.2);
  await guest.keyboard.press("Control+ArrowRight");
  await at(guest, 4);

  // A click beside the gap is meant for it.
  const rail = await guest.getByTestId("timeline").boundingBox();
  const gap = await guest.getByTestId("chapter-gap").boundingBox();
  if (!rail || !gap) throw new Error("both are drawn");
  await guest.mouse.click(rail.x + rail.width * 0.9, rail.y + rail.height / 2);
  await expect.poll(() => position(guest)).toBeGreaterThan(9);
  await guest.mouse.click(gap.x + gap.width / 2 + 4, rail.y + rail.height / 2);
  await at(guest, 4, 2);

  await owner.getByTestId("timeline").focus();
  await owner.keyboard.press("Home");
  await at(owner, start);
  // Both before the page is told of the first.
  await owner.getByTestId("timeline").evaluate((rail) => {
    for (let n = 0; n < 2; n++) rail.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
  });
  await at(owner, start + 10);
  await owner.getByTestId("move-chapter").click();
  await expect(chapter).toHaveText(/0:10\s*The bug/);
  await owner.getByTestId("toast-undo").click();
  await expect(chapter).toHaveText(/0:04\s*The bug/);

  await owner.getByTestId("delete-chapter").click();
  await expect(guest.getByTestId("chapter")).toHaveCount(0);
  await expect(guest.getByTestId("tab-chapters")).toHaveCount(0);
  await expect(guest.getByTestId("tab-comments")).toHaveAttribute("aria-selected", "true");
  await owner.getByTestId("toast-undo").click();
  await expect(guest.getByTestId("chapter-gap")).toHaveCount(1);

  await owner.getByTestId("rename-chapter").click();
  await owner.getByTestId("title-field").fill("The fix");
  await owner.getByTestId("title-field").press("Enter");
  await guest.getByTestId("tab-chapters").click();
  await expect(chapter).toHaveText(/The fix/);
  await owner.getByTestId("toast-undo").click();
  await expect(chapter).toHaveText(/The bug/);
});

test("a title that was changed elsewhere meanwhile is not overwritten", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await open(two, recording.url);
  await one.getByTestId("tab-chapters").click();
  await two.getByTestId("tab-chapters").click();
  await one.getByTestId("add-chapter").click();
  await one.getByTestId("title-field").fill("First");
  await two.getByTestId("rename-chapter").click();
  await two.getByTestId("title-field").fill("Second");
  await one.getByTestId("title-field").press("Enter");
  await expect(two.getByTestId("title-conflict")).toContainText("First");
  await two.getByTestId("save-mine").click();
  await expect(one.getByTestId("chapter")).toHaveText(/Second/);
});
