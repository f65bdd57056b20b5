// Small and narrow windows: nothing is cut off, on any page.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

const WIDTHS = [320, 360, 379, 600, 820];

test("the share sheet lies within the window at every width, for the owner and for a guest", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "BUG-214: Sign-in forgets the second tab"]);
  for (const person of [sam, undefined]) {
    const page = await visit(serverWithoutModel, person, { viewport: { width: 320, height: 640 } });
    await open(page, recording.url);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 640 });
      await page.getByTestId("share").click();
      const box = await page.getByTestId("share-sheet").boundingBox();
      if (!box) throw new Error("the sheet is open");
      expect(box.x, `${width}`).toBeGreaterThanOrEqual(8);
      expect(box.x + box.width, `${width}`).toBeLessThanOrEqual(width - 8);
      await expect(page.getByTestId("copy-link")).toBeInViewport({ ratio: 1 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBe(width);
      await page.keyboard.press("Escape");
    }
    if (!person) continue;
    // What is said about the change does not hide what it says itself.
    await page.setViewportSize({ width: 360, height: 640 });
    await page.getByTestId("share").click();
    await page.getByTestId("audience-members").click();
    const [toast, who] = [await page.getByTestId("toast").boundingBox(), await page.getByTestId("share-sheet").boundingBox()];
    if (!toast || !who) throw new Error("both are shown");
    expect(toast.y + toast.height).toBeLessThan(who.y);
    await page.getByTestId("audience-link").click();
    await expect(page.getByTestId("toast")).toContainText("Anyone");
  }
});

test("no page is wider than its window", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  await samsRecorder.recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", `An-unbreakable-${"word".repeat(40)}`]);
  const page = await visit(serverWithoutModel, sam, { viewport: { width: 320, height: 640 } });
  const outside = await visit(serverWithoutModel, undefined, { viewport: { width: 320, height: 640 } });
  const wide: string[] = [];
  for (const [who, paths] of [
    [page, ["/", "/trash", "/settings", "/device", "/nowhere"]],
    [outside, ["/sign-in"]],
  ] as const) {
    for (const path of paths) {
      await who.goto(path);
      await expect(who.getByRole("heading").first()).toBeVisible();
      for (const width of WIDTHS) {
        await who.setViewportSize({ width, height: 640 });
        const over = await who.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) wide.push(`${path} at ${width}: ${over} too wide`);
      }
    }
  }
  expect(wide).toEqual([]);
});
