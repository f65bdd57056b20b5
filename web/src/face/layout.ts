/**
 * Where the camera lies over the picture, and when: the rules of `protocol/src/layout.rs`, which makes the same picture
 * for the downloaded file. Pure.
 */
import type { Corner, FaceSize, LayoutMoment } from "../api/types";

/** What holds before the first moment. */
export const BEGINNING: LayoutMoment = { at_ms: 0, face: "corner", corner: "bottom_left", size: "medium" };

/** Diameter of the round mask and its distance from both edges, in thousandths of the picture's shorter side. */
const DIAMETER: Record<FaceSize, number> = { small: 180, medium: 260, large: 400 };
const MARGIN = 30;

/** What holds at `ms`. The moments are sorted. */
export function layoutAt(moments: readonly LayoutMoment[], ms: number): LayoutMoment {
  return moments.findLast(({ at_ms }) => at_ms <= ms) ?? BEGINNING;
}

const look = ({ face, corner, size }: LayoutMoment) => `${face} ${corner} ${size}`;

/** Sorted, with one moment for each instant and none that changes nothing. */
function tidy(moments: readonly LayoutMoment[]): LayoutMoment[] {
  const out: LayoutMoment[] = [];
  const sorted = [...moments].sort((a, b) => a.at_ms - b.at_ms);
  sorted.forEach((moment, n) => {
    const replaced = sorted[n + 1]?.at_ms === moment.at_ms;
    if (!replaced && look(moment) !== look(out.at(-1) ?? BEGINNING)) out.push(moment);
  });
  return out;
}

/** The layout in which `change` holds from `ms` up to the next moment. */
export function changedFrom(
  moments: readonly LayoutMoment[],
  ms: number,
  change: Partial<Omit<LayoutMoment, "at_ms">>,
): LayoutMoment[] {
  const at_ms = Math.max(0, Math.round(ms));
  return tidy([...moments, { ...layoutAt(moments, at_ms), ...change, at_ms }]);
}

/** The layout without the moment at `at_ms`. */
export const without = (moments: readonly LayoutMoment[], at_ms: number): LayoutMoment[] =>
  tidy(moments.filter((moment) => moment.at_ms !== at_ms));

export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The square around the round mask, in pixels of a picture of this size. */
export function mask(corner: Corner, size: FaceSize, width: number, height: number): Square {
  const even = (n: number) => Math.floor(n / 2) * 2;
  const shorter = Math.min(width, height);
  const side = even(Math.floor((shorter * DIAMETER[size]) / 1000));
  const margin = even(Math.floor((shorter * MARGIN) / 1000));
  const x = corner.endsWith("right") ? even(width - margin - side) : margin;
  const y = corner.startsWith("bottom") ? even(height - margin - side) : margin;
  return { x, y, side };
}

export const CORNERS: readonly { readonly corner: Corner; readonly name: string }[] = [
  { corner: "top_left", name: "Top left" },
  { corner: "top_right", name: "Top right" },
  { corner: "bottom_left", name: "Bottom left" },
  { corner: "bottom_right", name: "Bottom right" },
];

export const cornerName = (corner: Corner): string => CORNERS.find((it) => it.corner === corner)?.name ?? "";

/** The corner nearest to a point, which is given in shares of the picture. */
export const cornerAt = (x: number, y: number): Corner =>
  `${y < 0.5 ? "top" : "bottom"}_${x < 0.5 ? "left" : "right"}`;

/** The corner that an arrow key leads to. */
export function cornerBy(corner: Corner, key: string): Corner | null {
  const [vertical, horizontal] = corner.split("_") as ["top" | "bottom", "left" | "right"];
  switch (key) {
    case "ArrowUp":
      return `top_${horizontal}`;
    case "ArrowDown":
      return `bottom_${horizontal}`;
    case "ArrowLeft":
      return `${vertical}_left`;
    case "ArrowRight":
      return `${vertical}_right`;
    default:
      return null;
  }
}
