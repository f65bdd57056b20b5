import { expect, test } from "vitest";
import { endOfRun, gapEnd } from "./ranges";

test("a run goes over seams and ends at a hole", () => {
  const ranges = [
    [0, 4],
    [4.05, 8],
    [9, 12],
  ] as const;
  expect(endOfRun(ranges, 1)).toBe(8);
  expect(endOfRun(ranges, 8.95)).toBe(12);
  expect(endOfRun(ranges, 8.5)).toBeNull();
  expect(endOfRun(ranges, 12)).toBeNull();
  expect(endOfRun([], 0)).toBeNull();
});

test("a small hole is jumped, a large one is not, and media is never skipped", () => {
  expect(gapEnd([[0.4, 5]], 0)).toBeCloseTo(0.41);
  expect(gapEnd([[2, 5]], 0)).toBeNull();
  expect(gapEnd([[0, 5]], 3)).toBeNull();
  expect(
    gapEnd(
      [
        [0, 5],
        [5.3, 9],
      ],
      4.99,
    ),
  ).toBeCloseTo(5.31);
});

test("a decoder that stops just short of a hole is taken over it", () => {
  const ranges = [
    [0, 5.63],
    [12, 14],
  ] as const;
  expect(gapEnd(ranges, 5.525, Number.POSITIVE_INFINITY)).toBeCloseTo(12.01);
  expect(gapEnd(ranges, 5.3, Number.POSITIVE_INFINITY)).toBeNull();
});
