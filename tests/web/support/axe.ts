/** What axe looks at: light and dark, at a desk and on a phone. */
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContextOptions, expect, type Page } from "@playwright/test";

const DESK = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const LOOKS: readonly [string, BrowserContextOptions][] = [
  ["desk, light", { ...DESK, colorScheme: "light" }],
  ["desk, dark", { ...DESK, colorScheme: "dark" }],
  ["phone, light", { ...PHONE, colorScheme: "light" }],
  ["phone, dark", { ...PHONE, colorScheme: "dark" }],
];

/** Fails the test, when it is over, for each violation that axe finds on the page as it stands. */
export async function nothingFound(page: Page, where: string): Promise<void> {
  // The pages load their parts lazily: before the heading there is nothing to look at.
  await page.locator("h1").first().waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${where}: ${id}: ${html.slice(0, 160)}`));
  expect.soft(found).toEqual([]);
}
