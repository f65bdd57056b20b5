// Colours: red for recording only, and forced colours.
import type { Page } from "@playwright/test";
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

/** Controls whose text, background or border is red. */
function red(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isRed = (colour: string) => {
      const [r = 0, g = 0, b = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
      return alpha > 0.1 && r > 150 && r > 1.5 * g && r > 1.5 * b;
    };
    return [...document.querySelectorAll<HTMLElement>("button, a, input, select, textarea")]
      .filter((it) => {
        const { color, backgroundColor, borderTopColor, borderTopWidth } = getComputedStyle(it);
        return isRed(color) || isRed(backgroundColor) || (borderTopWidth !== "0px" && isRed(borderTopColor));
      })
      .map((it) => it.textContent?.trim() || it.ariaLabel || it.outerHTML.slice(0, 80));
  });
}

test("no control is red where nothing is recorded, in light and in dark", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "Bug in login"]);
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await visit(serverWithoutModel, sam, { colorScheme });
    for (const path of ["/", "/trash", "/settings", "/device"]) {
      await page.goto(path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      expect(await red(page), `${path}, ${colorScheme}`).toEqual([]);
    }
    await open(page, recording.url);
    await page.getByTestId("share").click();
    expect(await red(page), `the watch page, ${colorScheme}`).toEqual([]);
    const outside = await visit(serverWithoutModel, undefined, { colorScheme });
    await outside.goto("/sign-in");
    await expect(outside.getByRole("button", { name: "Sign in" })).toBeVisible();
    expect(await red(outside), `sign-in, ${colorScheme}`).toEqual([]);
  }
});

test("in forced colours one sees where one is, what is wrong, and what can be pressed", async ({ visit, serverWithoutModel, sam }) => {
  const look = { forcedColors: "active", colorScheme: "dark" } as const;
  const outside = await visit(serverWithoutModel, undefined, look);
  await outside.goto("/sign-in");
  await outside.getByLabel("E-mail").fill(sam.email);
  await outside.getByLabel("Password", { exact: true }).fill("not the right one");
  await outside.keyboard.press("Enter");
  const icon = await outside.getByTestId("error").evaluate((it) => getComputedStyle(it, "::before").backgroundColor);
  expect(icon, "the icon of an error is drawn").toBe("rgb(255, 255, 255)");
  const border = await outside.getByRole("button", { name: "Sign in" }).evaluate((it) => getComputedStyle(it).borderTopWidth);
  expect(border).toBe("1px");

  const page = await visit(serverWithoutModel, sam, look);
  await page.goto("/trash");
  const here = page.getByRole("navigation", { name: "Library" }).getByRole("link", { name: "Trash" });
  await expect(here).toHaveAttribute("aria-current", "page");
  expect(await here.evaluate((it) => getComputedStyle(it).outlineStyle)).toBe("solid");
});
