import { expect, it } from "vitest";
import { fromMinutes, toMinutes } from "./notices";

it("reads a time of day as it wrote it", () => {
  for (const minutes of [0, 9 * 60 + 5, 23 * 60 + 59]) expect(toMinutes(fromMinutes(minutes))).toBe(minutes);
  expect(fromMinutes(545)).toBe("09:05");
  for (const bad of ["", "9", "24:00", "x"]) expect(toMinutes(bad)).toBeNull();
});
