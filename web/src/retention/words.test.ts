import { expect, test } from "vitest";
import { inDays, wordText } from "./words";

test("how long recordings stay is said as a person would", () => {
  expect(wordText({ days: null, since: "created" })).toBe("stay until somebody removes them");
  expect(wordText({ days: 1, since: "created" })).toBe("go to the trash 1 day after they were made");
  expect(wordText({ days: 30, since: "viewed" })).toBe(
    "go to the trash 30 days after somebody last watched them",
  );
});

test("days are rounded, and none that are over is counted", () => {
  const now = 1_700_000_000_000;
  const at = (hours: number) => inDays((now + hours * 3_600_000) * 1000, now);
  expect([-3, 0, 5, 35, 36, 168, 169].map(at)).toEqual([
    "today",
    "today",
    "in a day",
    "in a day",
    "in 2 days",
    "in 7 days",
    "in 7 days",
  ]);
});
