// Short messages: one at a time, out of the way of controls, and within reach of the keyboard.
import type { Page } from "@playwright/test";
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

const VIEWPORTS = [
  { viewport: { width: 1280, height: 800 } },
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 820, height: 1180 } },
  { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
];

/** The controls of the watch page that lie under the toast. */
async function covered(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const toast = document.querySelector("[data-testid=toast]")?.getBoundingClientRect();
    if (!toast) return ["there is no toast"];
    const controls = "button, a, select, input, textarea, [role=slider], [role=tab], [role=spinbutton], [role=timer], .controls, .composer";
    return [...document.querySelectorAll<HTMLElement>(`[data-page] :is(${controls})`)]
      .filter((it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      // The picture itself is a button as large as itself.
      .filter((it) => it.dataset.testid !== "stage" && !it.querySelector("video"))
      .map((it) => ({ it, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.left < toast.right && box.right > toast.left && box.top < toast.bottom && box.bottom > toast.top)
      .map(({ it }) => it.ariaLabel || it.dataset.testid || it.textContent || it.className);
  });
}

test("one toast at a time, never over a control", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Bug in login"]);
  for (const look of VIEWPORTS) {
    const page = await visit(serverWithoutModel, sam, look);
    await open(page, recording.url);
    await page.getByTestId("share").click();
    await page.getByTestId("audience-members").click();
    const toast = page.getByTestId("toast");
    await expect(toast).toContainText("Only members");
    await page.getByTestId("audience-link").click();
    await expect(toast).toHaveCount(1);
    await expect(toast).toContainText("Anyone with the link");
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("share-sheet")).toHaveCount(0);
    expect(await covered(page), JSON.stringify(look.viewport)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.close();
  }
});

test("the keyboard undoes, reaches the toast, and finds its way back", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const audience = async () => (await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`)).json()).code ?? "link";
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  const members = async () => {
    await page.getByTestId("share").click();
    await page.getByTestId("audience-members").click();
    await expect(page.getByTestId("toast")).toContainText("Only members");
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("share")).toBeFocused();
    expect(await audience()).toBe("not_found");
  };

  await members();
  await page.keyboard.press("Control+z");
  await expect.poll(audience).toBe("link");

  await members();
  await page.keyboard.press("F6");
  await expect(page.getByTestId("toast-undo")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("toast")).toHaveCount(0);
  await expect(page.getByTestId("share")).toBeFocused();
  expect(await audience()).toBe("not_found");

  await page.getByTestId("share").click();
  await page.getByTestId("audience-link").click();
  await expect(page.getByTestId("toast-undo")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("F6");
  await page.keyboard.press("Enter");
  await expect.poll(audience).toBe("not_found");
  await expect(page.getByTestId("share")).toBeFocused();
});

test("nothing makes the watch page longer than its window", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, undefined, { viewport: { width: 1440, height: 900 } });
  await open(page, recording.url);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(900);
});
