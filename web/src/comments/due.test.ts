import { expect, test } from "vitest";
import { day, isoDay } from "./due";

test("a day is named without its year in this one", () => {
  const now = Date.UTC(2026, 5, 1, 12);
  expect(day("2026-01-31", now, "en-GB")).toBe("Sat 31 Jan");
  expect(day("2027-01-31", now, "en-GB")).toContain("2027");
});

test("a day later is the next one, at the end of a month and in a night of 23 hours too", () => {
  const at = (year: number, month: number, of: number) => new Date(year, month, of, 23, 30).getTime();
  expect(isoDay(at(2026, 0, 31))).toBe("2026-01-31");
  expect(isoDay(at(2026, 0, 31), 1)).toBe("2026-02-01");
  expect(isoDay(at(2026, 2, 28), 1)).toBe("2026-03-29");
});
