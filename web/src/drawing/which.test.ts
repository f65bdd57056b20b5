import { expect, test } from "vitest";
import type { Comment } from "../api/types";
import { drawnAt } from "./which";

const all = [1000, 2000].map((at_ms, n) => ({ id: n === 0 ? "a" : "b", at_ms }) as Comment);
const at = (ms: number, focused: string | null = null) => drawnAt(all, ms, focused)?.id ?? null;

test("a drawing is shown from its moment on for three seconds, a later one takes its place", () => {
  expect([0, 900, 1000, 1999, 2000, 4999, 5000, 9000].map((ms) => at(ms))).toEqual([
    null,
    "a",
    "a",
    "b",
    "b",
    "b",
    null,
    null,
  ]);
});

test("the drawing of the comment with the focus is shown wherever the player stands", () => {
  expect([at(0, "a"), at(2000, "a"), at(0, "gone")]).toEqual(["a", "a", null]);
});
