/** A take with a face in it, and its page in words for tests. */
import { expect, type Page } from "@playwright/test";
import { apart, both, type Pair } from "./counter";

export const WITH_CAMERA = ["--screen", "synthetic", "--mic", "synthetic", "--camera", "synthetic"] as const;

export const face = (page: Page) => page.getByTestId("face");
export const camera = (page: Page) => page.getByTestId("camera");

/** Waits until the camera stands over the picture. */
export async function faced(page: Page): Promise<void> {
  await expect(face(page)).not.toHaveAttribute("data-face", "hidden");
}

/** Waits until both stand still at one instant, and returns what they show. */
export async function still(page: Page): Promise<Pair> {
  const settled = () =>
    page.getByTestId("camera").evaluate((camera: HTMLVideoElement) => {
      const screen = document.querySelector<HTMLVideoElement>("[data-testid=video]");
      const there = (video: HTMLVideoElement | null) => video && !video.seeking && video.readyState >= 2;
      return there(screen) && there(camera) && Math.abs((screen?.currentTime ?? 0) - camera.currentTime) < 0.02;
    });
  await expect.poll(settled).toBe(true);
  return both(page);
}

/** Waits until both play in step, within a frame. */
export async function inStep(page: Page): Promise<void> {
  await expect.poll(async () => apart(await both(page, true)), { message: "in step" }).toBeLessThanOrEqual(1);
}
