// Reads the frame counter and the flash off the <video> of a page: what was really played.
//
// The counter is a row of 19 blocks of 24 pixels: white, black, 16 bits of Gray code (highest first),
// even parity; the flash a square of 96 pixels in the upper right corner.
import type { Page } from "@playwright/test";

export interface Seen {
  /** Position of the player in seconds. */
  at: number;
  counter: number | null;
  flash: boolean;
}

/** The picture that stands there now, and the player's position. */
export function seen(page: Page): Promise<Seen> {
  return look(page, false);
}

/** The picture that stands there now, of a film that plays, and that picture's own time: however late a busy browser shows it. */
export function shown(page: Page): Promise<Seen> {
  return look(page, true);
}

async function look(page: Page, own: boolean): Promise<Seen> {
  const levels = await page.locator("video:not([data-testid=camera])").evaluate(async (video: HTMLVideoElement, own) => {
    if (video.videoWidth === 0) return { at: video.currentTime, blocks: [], flash: 0 };
    // Held with its time before it is drawn: drawing takes longer than a picture lasts.
    const frame = own ? new VideoFrame(video) : null;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = 96;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen) throw new Error("no canvas");
    pen.drawImage(frame ?? video, 0, 0);
    const at = frame ? frame.timestamp / 1_000_000 : video.currentTime;
    frame?.close();
    const level = (x: number, y: number) => pen.getImageData(x, y, 1, 1).data[1] ?? 0;
    const blocks = Array.from({ length: 19 }, (_, n) => level(n * 24 + 12, 12));
    return { at, blocks, flash: level(video.videoWidth - 48, 48) };
  }, own);
  return { at: levels.at, counter: readCounter(levels.blocks), flash: levels.flash > 128 };
}

export interface Pair {
  /** Positions of both players in seconds, read at one moment. */
  at: number;
  cameraAt: number;
  screen: number | null;
  camera: number | null;
  /** The camera has no picture that could be shown, or is hidden. */
  hidden: boolean;
}

/**
 * What stands on the page at one moment: the counter of the screen and that of the synthetic camera, which lies in the middle of its
 * picture, inside of the round mask, and counts the same frames. `next`: when the film shows its next picture.
 */
export async function both(page: Page, next = false): Promise<Pair> {
  const levels = await page.getByTestId("camera").evaluate(async (camera: HTMLVideoElement, next) => {
    const screen = document.querySelector<HTMLVideoElement>("[data-testid=video]");
    if (!screen) throw new Error("no video");
    if (next) await new Promise((resolve) => screen.requestVideoFrameCallback(resolve));
    const [at, cameraAt] = [screen.currentTime, camera.currentTime];
    // Both are held before either is drawn: drawing takes longer than a picture lasts.
    const frames = [screen, camera].map((video) => {
      try {
        return new VideoFrame(video);
      } catch {
        // The browser's own HLS player hands out no frames.
        return video;
      }
    });
    const pens = frames.map((frame) => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, frame instanceof VideoFrame ? frame.displayWidth : frame.videoWidth);
      canvas.height = Math.max(1, frame instanceof VideoFrame ? frame.displayHeight : frame.videoHeight);
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      if (!pen) throw new Error("no canvas");
      pen.drawImage(frame, 0, 0);
      if (frame instanceof VideoFrame) frame.close();
      return pen;
    });
    const level = (pen: CanvasRenderingContext2D | undefined, x: number, y: number) => pen?.getImageData(x, y, 1, 1).data[1] ?? 0;
    const { videoWidth: width, videoHeight: height } = camera;
    const side = Math.min(width, height) / 20;
    const left = (width - side * 19) / 2;
    return {
      at,
      cameraAt,
      screen: Array.from({ length: 19 }, (_, n) => level(pens[0], n * 24 + 12, 12)),
      camera: Array.from({ length: 19 }, (_, n) => level(pens[1], Math.floor(left + (n + 0.5) * side), Math.floor(height / 2))),
      hidden: camera.closest<HTMLElement>("[data-testid=face]")?.dataset.face === "hidden",
    };
  }, next);
  return { ...levels, screen: readCounter(levels.screen), camera: readCounter(levels.camera) };
}

/** By how many frames the camera is off the screen. */
export function apart({ screen, camera }: Pair): number {
  if (screen === null || camera === null) return Number.POSITIVE_INFINITY;
  return Math.abs(screen - camera);
}

export function readCounter(blocks: readonly number[]): number | null {
  const [white, black, ...bits] = blocks;
  if (white === undefined || black === undefined || bits.length !== 17 || white - black < 100) return null;
  const ones = bits.map((level) => (level > (white + black) / 2 ? 1 : 0));
  if (ones.reduce<number>((sum, bit) => sum + bit, 0) % 2 === 1) return null;
  let counter = ones.slice(0, 16).reduce<number>((sum, bit) => (sum << 1) | bit, 0);
  for (const shift of [8, 4, 2, 1]) counter ^= counter >> shift;
  return counter;
}
