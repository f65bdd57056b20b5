// The watch page at every size, with a mouse, with fingers, and in forced colours.
import type { BrowserContextOptions, Page } from "@playwright/test";
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

const touch = (width: number, height: number): BrowserContextOptions => ({
  viewport: { width, height },
  hasTouch: true,
  isMobile: true,
});
const TITLE = "BUG-214: the save button is cut off when the window is narrower than the sidebar";

const box = async (page: Page, id: string) => {
  const found = await page.getByTestId(id).first().boundingBox();
  if (!found) throw new Error(`${id} has no place on the page`);
  return found;
};

test("at a desk nothing scrolls but the lists, and the first comment moves nothing", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", TITLE]);
  const page = await visit(serverWithoutModel, sam, { viewport: { width: 1440, height: 900 } });
  await open(page, recording.url);
  await expect(page.getByTestId("about")).toContainText("sam");
  await expect(page.getByTestId("comment-count")).toHaveText("0 comments");
  const before = await box(page, "play");
  await page.getByTestId("comment-field").fill("First");
  await page.getByTestId("comment-field").press("Enter");
  await expect(page.getByTestId("mark")).toHaveCount(1);
  await expect(page.getByTestId("comment-count")).toHaveText("1 comment");
  expect(await box(page, "play")).toEqual(before);
  const over = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
  expect(over, "pixels the page is higher than the window").toBe(0);
});

for (const [name, width, height] of [
  ["a tablet held upright", 820, 1180],
  ["that tablet with its keyboard up", 820, 800],
  ["a phone", 390, 844],
  ["a small phone", 320, 640],
] as const) {
  test(`on ${name} there is one column, the whole title and no third row of controls`, async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
    const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", TITLE]);
    const page = await visit(serverWithoutModel, sam, touch(width, height));
    await open(page, recording.url);
    const [picture, tabs] = [await box(page, "video"), await box(page, "tab-comments")];
    expect(tabs.y, "the list is below the picture").toBeGreaterThan(picture.y + picture.height);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const title = page.getByTestId("title");
    await expect(title).toHaveText(TITLE);
    expect(await title.evaluate((it) => it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight)).toBe(true);
    const rows = new Set<number>();
    for (const id of ["play", "mute", "speed", "fullscreen"]) {
      const { y, height: tall } = await box(page, id);
      rows.add(Math.round(y + tall / 2));
    }
    expect(rows.size, "rows of controls").toBe(1);
  });
}

test("a wide window has two columns", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const page = await visit(serverWithoutModel, undefined, { viewport: { width: 1024, height: 768 } });
  await open(page, recording.url);
  const [picture, tabs] = [await box(page, "video"), await box(page, "tab-comments")];
  expect(tabs.x).toBeGreaterThanOrEqual(picture.x + picture.width);
});

test("with fingers Enter makes a new line and a button sends", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam, touch(390, 844));
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.tap();
  await field.pressSequentially("One");
  await field.press("Enter");
  await field.pressSequentially("two");
  await expect(field).toHaveValue("One\ntwo");
  await page.getByTestId("comment-send").tap();
  await expect(page.getByTestId("comment-body")).toContainText("two");
  await page.getByTestId("edit").tap();
  await page.getByTestId("edit-field").press("Enter");
  await expect(page.getByTestId("edit-field")).toHaveValue(/\n/);
});

test("in a low window a tap beside the field is not lost while the controls come back", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam, touch(320, 640));
  await open(page, recording.url);
  await page.getByTestId("comment-field").tap();
  await expect(page.getByTestId("play")).toBeHidden();
  await page.getByTestId("tab-transcript").tap();
  await expect(page.getByTestId("tab-transcript")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("play")).toBeVisible();
});

test("in forced colours the timeline, its marks and the chosen tab are drawn", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam, { forcedColors: "active" });
  await open(page, `${recording.url}?t=2`);
  await page.getByTestId("comment-field").fill("A mark");
  await page.getByTestId("comment-field").press("Enter");
  await expect(page.getByTestId("mark")).toHaveCount(1);
  const looks = await page.evaluate(() => {
    const style = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body);
    const canvas = style("body").backgroundColor;
    const drawn = (selector: string) => style(selector).backgroundColor !== canvas;
    const lined = (selector: string) => style(selector).borderTopWidth !== "0px";
    const tab = (chosen: boolean) => style(`[role=tab][aria-selected=${chosen}]`).borderBottomColor;
    return {
      played: drawn(".played"),
      track: lined(".track"),
      mark: lined(".mark"),
      tabs: tab(true) !== tab(false),
    };
  });
  expect(looks).toEqual({ played: true, track: true, mark: true, tabs: true });
});

test("the owner renames, trashes and brings back from the menu, and sees who is signed in", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await page.getByTestId("more").click();
  await expect(page.getByTestId("signed-in")).toHaveText("S Signed in as sam");
  await page.getByTestId("rename").click();
  await page.getByTestId("title-field").fill("From the menu");
  await page.getByTestId("title-field").press("Enter");
  await expect(page.getByTestId("title")).toHaveText("From the menu");
  await page.getByTestId("more").click();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("more")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByTestId("trash").click();
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "gone");
  await page.getByTestId("toast-undo").last().click();
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");

  const guest = await visit(serverWithoutModel);
  await open(guest, recording.url);
  await expect(guest.getByTestId("more")).toHaveCount(0);
  await expect(guest.getByRole("link", { name: "Aside" }), "a guest has no home here").toHaveCount(0);
});
