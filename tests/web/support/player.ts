/** What the player of a watch page does, in words for tests. */
import { expect, type Page } from "@playwright/test";

export const root = (page: Page) => page.locator("[data-page=watch]");
export const video = (page: Page) => page.getByTestId("video");

/** Opens a watch page and waits until it is in `state`. */
export async function open(page: Page, link: string, state = "finished"): Promise<void> {
  await page.goto(link);
  await expect(root(page)).toHaveAttribute("data-state", state);
}

/** Seconds. */
export const position = (page: Page) => video(page).evaluate((it: HTMLVideoElement) => it.currentTime);

/** Where the first picture with sound is: on a busy machine one of the tracks begins late, and the player steps over the hole. */
export async function beginning(page: Page): Promise<number> {
  const start = await video(page).evaluate((it: HTMLVideoElement) => (it.buffered.length > 0 ? it.buffered.start(0) : 0));
  return start < 0.05 ? 0 : start + 0.01;
}

/** Waits until the player stands at `seconds`; 0 is the beginning, wherever that is. */
export async function at(page: Page, seconds: number, digits = 1): Promise<void> {
  const off = async () => {
    const [now, start] = [await position(page), seconds === 0 ? await beginning(page) : seconds];
    return Math.min(Math.abs(now - seconds), Math.abs(now - start));
  };
  await expect.poll(off).toBeLessThan(0.5 * 10 ** -digits);
}

/** A picture is there at the place the player stands at. */
export async function showing(page: Page): Promise<void> {
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => !it.seeking && it.readyState >= 2)).toBe(true);
}

export async function playing(page: Page): Promise<void> {
  const from = await position(page);
  await expect.poll(() => position(page)).toBeGreaterThan(from + 0.2);
}

export const paused = (page: Page) => video(page).evaluate((it: HTMLVideoElement) => it.paused);
