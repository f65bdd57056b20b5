import { expect, it } from "vitest";
import { dayOf, endOfDay, isLate, takes } from "./time";

it("says how long something takes at somebody's speed", () => {
  expect(takes(10_000, 1)).toBe("1 min");
  expect(takes(600_000, 2)).toBe("5 min");
  expect(takes(3_900_000, 1)).toBe("1 hr 5 min");
  expect(takes(7_200_000, 1)).toBe("2 hr");
});

it("reads a day as it wrote it", () => {
  const end = endOfDay("2026-03-29");
  expect(dayOf(end)).toBe("2026-03-29");
  expect(endOfDay("")).toBeNull();
  expect(dayOf(null)).toBe("");
});

it("knows what is late", () => {
  expect(isLate(1_000_000, 1_001)).toBe(true);
  expect(isLate(1_000_000, 999)).toBe(false);
  expect(isLate(null, 0)).toBe(false);
});
