/** What is drawn on a frame, and what becomes of it while somebody draws. Pure. */
import type { Drawing } from "../api/types";

export type { Drawing };
export type Shape = Drawing["shapes"][number];
export type Tool = Shape["tool"];
export type Color = Shape["color"];

export const TOOLS: readonly { readonly tool: Tool; readonly name: string; readonly key: string }[] = [
  { tool: "pen", name: "Pen", key: "p" },
  { tool: "arrow", name: "Arrow", key: "a" },
  { tool: "box", name: "Box", key: "b" },
  { tool: "text", name: "Text", key: "t" },
];

/** Tones that stand out from most pictures, each with the edge that parts it from what is like it. */
export const COLORS: Readonly<Record<Color, { readonly ink: string; readonly edge: string }>> = {
  red: { ink: "#e5213f", edge: "#fff" },
  yellow: { ink: "#ffd400", edge: "#000" },
  green: { ink: "#12a150", edge: "#fff" },
  blue: { ink: "#2563eb", edge: "#fff" },
  white: { ink: "#fff", edge: "#000" },
  black: { ink: "#000", edge: "#fff" },
};

/** As the server says (docs/PROTOCOL.md, "Drawings"). */
export const EDGE = 10_000;
export const MAX_SHAPES = 200;
export const MAX_POINTS = 5000;
export const MAX_TEXT = 200;

/** A place on the frame, in ten-thousandths of its width and height. */
export type Point = readonly [x: number, y: number];

export const clamp = (n: number): number => Math.min(EDGE, Math.max(0, Math.round(n)));

/** The points of `x, y, x, y, …`. */
export function pairs(numbers: readonly number[]): Point[] {
  return Array.from({ length: numbers.length >> 1 }, (_, i) => [
    numbers[2 * i] ?? 0,
    numbers[2 * i + 1] ?? 0,
  ]);
}

/** Points nearer than this to the line between their neighbours are left out, in ten-thousandths. */
const TOLERANCE = 12;

/** The same line with fewer points (Ramer–Douglas–Peucker). `ratio`: the frame's width by its height. */
export function simplified(points: readonly Point[], ratio: number): Point[] {
  const kept = new Set([0, points.length - 1]);
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    let [far, at] = [TOLERANCE, -1];
    for (let i = first + 1; i < last; i += 1) {
      const away = distance(points, i, first, last, ratio);
      if (away > far) [far, at] = [away, i];
    }
    if (at < 0) continue;
    kept.add(at);
    open.push([first, at], [at, last]);
  }
  return points.filter((_, i) => kept.has(i));
}

function distance(points: readonly Point[], i: number, first: number, last: number, ratio: number): number {
  const [px, py] = points[i] ?? [0, 0];
  const [ax, ay] = points[first] ?? [0, 0];
  const [bx, by] = points[last] ?? [0, 0];
  const [dx, dy, x, y] = [(bx - ax) * ratio, by - ay, (px - ax) * ratio, py - ay];
  const length = Math.hypot(dx, dy);
  return length === 0 ? Math.hypot(x, y) : Math.abs(dx * y - dy * x) / length;
}

/** Shapes with what was undone, so that it can be done again. */
export interface History {
  readonly shapes: readonly Shape[];
  readonly undone: readonly Shape[];
}

/** Null: the drawing is full. */
export function add({ shapes }: History, shape: Shape): History | null {
  const points = shapes.reduce((sum, { points }) => sum + points.length / 2, shape.points.length / 2);
  if (shapes.length >= MAX_SHAPES || points > MAX_POINTS) return null;
  return { shapes: [...shapes, shape], undone: [] };
}

export function undo({ shapes, undone }: History): History {
  const last = shapes.at(-1);
  return last ? { shapes: shapes.slice(0, -1), undone: [...undone, last] } : { shapes, undone };
}

export function redo({ shapes, undone }: History): History {
  const last = undone.at(-1);
  return last ? { shapes: [...shapes, last], undone: undone.slice(0, -1) } : { shapes, undone };
}

/** What a shape says of itself where it cannot be seen. */
export function described({ shapes }: Drawing): string {
  const texts = shapes.flatMap(({ text }) => (text ? [`“${text}”`] : []));
  return texts.length > 0 ? `with the words ${texts.join(", ")}` : "";
}
