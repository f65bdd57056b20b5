// Drawing on the picture of a comment: by mouse, by keyboard, by touch; seen by others at its moment.
import type { Page } from "@playwright/test";
import { nothingFound } from "../support/axe";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { at, open, position } from "../support/player";

/** Draws a line between two places of the frame, each 0 to 1 of its width and height. */
async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const box = await page.getByTestId("surface").boundingBox();
  if (!box) throw new Error("there is nothing to draw on");
  const place = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...place(from));
  await page.mouse.down();
  await page.mouse.move(...place(to), { steps: 5 });
  await page.mouse.up();
}

const shapes = (page: Page) => page.locator("[data-testid=surface] svg >> nth=0").locator("> g");

test("what is drawn is sent with the comment and shown to others at its moment", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8);
  const author = await visit(serverWithoutModel);
  await open(author, `${recording.url}?t=2`);
  await at(author, 2);
  await author.getByTestId("draw").click();
  await expect(author.getByTestId("tool-arrow")).toBeFocused();
  await drag(author, [0.1, 0.2], [0.5, 0.5]);
  await author.keyboard.press("b");
  await author.getByTestId("color-yellow").click();
  await drag(author, [0.55, 0.3], [0.9, 0.8]);
  await expect(shapes(author)).toHaveCount(2);
  await author.keyboard.press("Control+z");
  await expect(shapes(author)).toHaveCount(1);
  await author.keyboard.press("Control+Shift+z");
  await expect(shapes(author)).toHaveCount(2);
  await author.getByTestId("tool-text").click();
  await author.getByTestId("surface").click({ position: { x: 60, y: 40 } });
  await author.getByTestId("drawing-text").fill("cut <b>off</b>");
  await author.getByTestId("drawing-text").press("Enter");
  await author.getByTestId("tool-pen").click();
  await drag(author, [0.2, 0.9], [0.4, 0.7]);
  await expect(shapes(author)).toHaveCount(4);
  await nothingFound(author, "drawing");
  await author.getByTestId("drawing-done").click();
  await expect(author.getByTestId("board")).toHaveCount(0);
  await expect(author.getByTestId("comment-field")).toBeFocused();
  await expect(author.getByTestId("draw")).toHaveText("Edit drawing");
  await expect(author.getByRole("img", { name: "Your drawing" })).toBeVisible();
  expect(await position(author), "the keys of the page did nothing meanwhile").toBeCloseTo(2, 1);
  await author.getByTestId("guest-name").fill("Ana");
  await author.getByTestId("comment-send").click();
  await expect(author.getByTestId("show-drawing")).toBeVisible();

  const { comments } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}/comments`)).json();
  expect(comments).toMatchObject([{ body: "", drawn: true, at_ms: 2000 }]);

  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    const reader = await visit(serverWithoutModel, undefined, { viewport });
    await open(reader, recording.url);
    await expect(reader.getByTestId("show-drawing")).toBeVisible();
    await expect(reader.getByTestId("drawing")).toHaveCount(0);
    await reader.getByTestId("show-drawing").click();
    const drawing = reader.getByTestId("drawing");
    await expect(drawing).toBeVisible();
    await at(reader, 2);
    await expect(drawing.locator("> g")).toHaveCount(4);
    await expect(drawing).toHaveAccessibleName("Drawing by Ana with the words “cut <b>off</b>”");
    // The box lies where it was drawn, however large the picture is.
    const picture = await reader.getByTestId("video").boundingBox();
    const yellow = await drawing.locator("> g >> nth=1").boundingBox();
    if (!picture || !yellow) throw new Error("nothing is shown");
    expect((yellow.x + yellow.width / 2 - picture.x) / picture.width).toBeCloseTo(0.725, 1);
    expect((yellow.y + yellow.height / 2 - picture.y) / picture.height).toBeCloseTo(0.55, 1);
    await reader.getByTestId("timeline").focus();
    await reader.keyboard.press("End");
    await expect(drawing).toHaveCount(0);
    await reader.getByTestId("comment").focus();
    await expect(drawing).toBeVisible();
  }
});

test("the keyboard draws, Escape gives up, and a reload keeps the drawing", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=1`);
  await page.getByTestId("draw").click();
  await page.getByTestId("surface").focus();
  await page.keyboard.press("Enter");
  for (let n = 0; n < 3; n += 1) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await expect(shapes(page)).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("board")).toHaveCount(0);
  await expect(page.getByTestId("draw")).toHaveText("Draw");

  await page.getByTestId("draw").click();
  await drag(page, [0.2, 0.2], [0.6, 0.6]);
  await page.getByTestId("drawing-done").click();
  await expect(page.getByTestId("draw")).toHaveText("Edit drawing");
  await page.reload();
  await expect(page.getByTestId("draw")).toHaveText("Edit drawing");
  await page.getByTestId("erase").click();
  await expect(page.getByTestId("draw")).toHaveText("Draw");
});
