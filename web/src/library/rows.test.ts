import { expect, test } from "vitest";
import { columnsIn, rowsToDraw } from "./rows";

test("of a long list only the rows near the window are drawn, and the rest keeps its room", () => {
  const drawn = rowsToDraw(10_000, 100, 500_000, 800);
  expect(drawn).toEqual({ first: 4996, last: 5012, above: 499_600, below: 498_800 });
  for (const top of [-300, 0, 999_900, 2_000_000]) {
    const { first, last, above, below } = rowsToDraw(10_000, 100, top, 800);
    expect(above + (last - first) * 100 + below).toBe(1_000_000);
  }
  expect(rowsToDraw(3, 100, 0, 800)).toEqual({ first: 0, last: 3, above: 0, below: 0 });
});

test("columns are as many as have room, one at least", () => {
  expect([200, 256, 531, 532, 1104].map((width) => columnsIn(width, 256, 20))).toEqual([1, 1, 1, 2, 4]);
});
