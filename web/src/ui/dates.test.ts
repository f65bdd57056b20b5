import { afterEach, expect, test } from "vitest";
import { ago, fullTime, setDates } from "./dates";

afterEach(() => setDates(null));

test("instants are told from now", () => {
  const now = Date.UTC(2026, 4, 20, 12);
  setDates({ language: "en-GB", time_zone: "UTC" });
  const before = (seconds: number) => ago((now - seconds * 1000) * 1000, now);
  expect([3, 50, 300, 7200, 100_000, 400_000].map(before)).toEqual([
    "just now",
    "1 min. ago",
    "5 min. ago",
    "2 hr. ago",
    "yesterday",
    "5 days ago",
  ]);
  expect(before(86_400 * 16)).toBe("4 May 2026");
  expect(before(-60)).toBe("just now");
});

const NEW_YEAR = Date.UTC(2026, 0, 1, 0, 30) * 1000;

test.each([
  ["Pacific/Kiritimati", "1 January 2026", "14:30"],
  ["Etc/GMT+12", "31 December 2025", "12:30"],
  ["Asia/Kathmandu", "1 January 2026", "06:15"],
])("the full time is told in the zone that was chosen: %s", (time_zone, day, time) => {
  setDates({ language: "en-GB", time_zone });
  expect(fullTime(NEW_YEAR)).toContain(day);
  expect(fullTime(NEW_YEAR)).toContain(time);
});

test("dates are written in the language that was chosen", () => {
  setDates({ language: "de", time_zone: "UTC" });
  expect(fullTime(NEW_YEAR)).toContain("Donnerstag, 1. Januar 2026");
});

test("a zone that this browser does not know is passed over", () => {
  setDates({ language: "en-GB", time_zone: "Atlantis/Capital" });
  expect(fullTime(NEW_YEAR)).toContain("2026");
});
