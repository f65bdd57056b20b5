import { expect, test } from "vitest";
import { curve } from "./curve";

test("the most watched step reaches the top, and nobody is no area", () => {
  expect(curve([1, 2])).toBe("M0 100L0 50L50 50L50 0L100 0L100 100Z");
  expect(curve([0])).toBe("M0 100L0 100L100 100L100 100Z");
  expect(curve([])).toBe("M0 100L100 100Z");
});
