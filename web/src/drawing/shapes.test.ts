import { expect, test } from "vitest";
import {
  add,
  described,
  EDGE,
  type History,
  MAX_POINTS,
  MAX_SHAPES,
  pairs,
  redo,
  type Shape,
  simplified,
  undo,
} from "./shapes";

const pen = (points: number): Shape => ({
  tool: "pen",
  color: "red",
  points: Array.from({ length: 2 * points }, () => 1),
});
const empty: History = { shapes: [], undone: [] };

test("a straight line keeps its ends, a corner and a curve keep what makes them", () => {
  const line = Array.from({ length: 100 }, (_, i) => [i * 100, i * 100] as const);
  expect(simplified(line, 1.6)).toEqual([line[0], line[99]]);
  const corner = [
    [0, 0],
    [5000, 2],
    [EDGE, 0],
    [EDGE, 5000],
    [EDGE, EDGE],
  ] as const;
  expect(simplified(corner, 1)).toEqual([
    [0, 0],
    [EDGE, 0],
    [EDGE, EDGE],
  ]);
  const circle = Array.from({ length: 400 }, (_, i) => {
    const angle = (i / 400) * 2 * Math.PI;
    return [5000 + 3000 * Math.cos(angle), 5000 + 3000 * Math.sin(angle)] as const;
  });
  const kept = simplified(circle, 1);
  expect(kept.length).toBeLessThan(100);
  expect(kept.length).toBeGreaterThan(16);
  expect(simplified([[7, 7]], 1)).toEqual([[7, 7]]);
});

test("what was undone is done again, until something else is drawn", () => {
  const [a, b, c] = [pen(1), pen(2), pen(3)];
  const two = [a, b].reduce<History>((history, shape) => add(history, shape) ?? history, empty);
  expect(undo(two)).toEqual({ shapes: [a], undone: [b] });
  expect(redo(undo(two))).toEqual(two);
  expect(undo(undo(undo(two)))).toEqual({ shapes: [], undone: [b, a] });
  expect(add(undo(two), c)).toEqual({ shapes: [a, c], undone: [] });
});

test("a drawing is full at the bounds the server has", () => {
  const most = { shapes: Array.from({ length: MAX_SHAPES }, () => pen(1)), undone: [] };
  expect(add(most, pen(1))).toBeNull();
  expect(add(empty, pen(MAX_POINTS))).not.toBeNull();
  expect(add({ shapes: [pen(MAX_POINTS)], undone: [] }, pen(1))).toBeNull();
});

test("numbers are read in pairs, and a drawing says its words", () => {
  expect(pairs([1, 2, 3, 4])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const text: Shape = { tool: "text", color: "red", points: [1, 1], text: "here" };
  expect(described({ shapes: [pen(1), text] })).toBe("with the words “here”");
  expect(described({ shapes: [pen(1)] })).toBe("");
});
