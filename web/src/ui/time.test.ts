import { expect, test } from "vitest";
import { clock, parseClock, spoken } from "./time";

test("positions read as clocks do", () => {
  expect([0, 999, 42_000, 83_500, 725_000, 3_723_000].map(clock)).toEqual([
    "0:00",
    "0:00",
    "0:42",
    "1:23",
    "12:05",
    "1:02:03",
  ]);
  expect(clock(-5)).toBe("0:00");
});

test("positions are spoken in full", () => {
  expect(spoken(0)).toBe("0 seconds");
  expect(spoken(61_000)).toBe("1 minute 1 second");
  expect(spoken(7_205_000)).toBe("2 hours 5 seconds");
});

test("a link's start is read in the ways people write it", () => {
  expect(["42", "42s", "0:42", "1:02:03"].map(parseClock)).toEqual([42_000, 42_000, 42_000, 3_723_000]);
  expect(["", "-1", "1:2:3:4", "soon", "1e9", "0x10", "s", ":", "1m1h"].map(parseClock)).toEqual(
    Array(9).fill(null),
  );
});

test("links may say a position in any of the usual ways", () => {
  expect(
    ["85.99", "80.5s", "1:99", "99:99:99", "1m20s", "1H2M3S", "90m", "1h 5m", " 7 "].map(parseClock),
  ).toEqual([85_990, 80_500, 159_000, 362_439_000, 80_000, 3_723_000, 5_400_000, 3_900_000, 7000]);
});
