import { expect, test } from "vitest";
import { clampStart } from "./start";

const finished = { end: 86, ended: true, holdBack: 3 };

test("a place within the recording is taken as it is", () => {
  expect(clampStart(0, finished)).toBe(0);
  expect(clampStart(85.5, finished)).toBe(85.5);
});

test("a place at or behind the end becomes the last picture", () => {
  expect(clampStart(86, finished)).toBeCloseTo(85.9);
  expect(clampStart(99_999, finished)).toBeCloseTo(85.9);
});

test("a place behind a recording in progress becomes its live edge", () => {
  expect(clampStart(99_999, { end: 20, ended: false, holdBack: 3 })).toBe(17);
  expect(clampStart(99_999, { end: 1, ended: false, holdBack: 3 })).toBe(0);
});
