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

/** The next picture of a film that plays, and that picture's own time: a busy browser shows it some frames after its turn. */
export function shown(page: Page): Promise<Seen> {
  return look(page, true);
}

async function look(page: Page, next: boolean): Promise<Seen> {
  const levels = await page.locator("video").evaluate(async (video: HTMLVideoElement, next) => {
    const own = next
      ? await new Promise<number>((resolve) => video.requestVideoFrameCallback((_, frame) => resolve(frame.mediaTime)))
      : null;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = 96;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen || video.videoWidth === 0) return { at: video.currentTime, blocks: [], flash: 0 };
    pen.drawImage(video, 0, 0);
    const level = (x: number, y: number) => pen.getImageData(x, y, 1, 1).data[1] ?? 0;
    const blocks = Array.from({ length: 19 }, (_, n) => level(n * 24 + 12, 12));
    return { at: own ?? video.currentTime, blocks, flash: level(video.videoWidth - 48, 48) };
  }, next);
  return { at: levels.at, counter: readCounter(levels.blocks), flash: levels.flash > 128 };
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
