/** Small pictures for the timeline: where each lies in the one image that holds them. */

export interface Thumb {
  readonly from_ms: number;
  readonly image: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CUE = /^(\d+):(\d\d):(\d\d)\.(\d{3}) --> .*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

/** Reads WebVTT whose cues name places in images; relative addresses count from `base`. */
export function parseThumbs(vtt: string, base: string): Thumb[] {
  return [...vtt.matchAll(CUE)].map(([, h, m, s, ms, image, x, y, width, height]) => ({
    from_ms: ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000 + Number(ms),
    image: base + image,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/** The one that is shown at `ms`. */
export const thumbAt = (thumbs: readonly Thumb[], ms: number): Thumb | undefined =>
  thumbs.findLast(({ from_ms }) => from_ms <= ms) ?? thumbs[0];

let asked: { readonly slug: string; readonly thumbs: Promise<Thumb[]> } | null = null;

/** Asked for once a recording; none where none were made (yet). */
export function loadThumbs(slug: string): Promise<Thumb[]> {
  if (asked?.slug !== slug) {
    const base = `/api/watch/${encodeURIComponent(slug)}/`;
    const thumbs = fetch(`${base}thumbnails.vtt`)
      .then(async (answer) => (answer.ok ? parseThumbs(await answer.text(), base) : []))
      .catch(() => []);
    asked = { slug, thumbs };
  }
  return asked.thumbs;
}
