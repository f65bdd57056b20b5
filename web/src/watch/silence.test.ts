import { expect, test } from "vitest";
import type { Word } from "../api/types";
import { silenceEnd } from "./silence";

const word = (n: number, start_ms: number, end_ms: number): Word => ({
  n,
  start_ms,
  end_ms,
  text: "x",
  gap: false,
  joined: false,
});
const words = [word(0, 4000, 4500), word(1, 4600, 5000), word(2, 12_000, 12_500), word(3, 13_500, 14_000)];

test("a silence is skipped to shortly before the next word, and speech never is", () => {
  for (const [ms, end] of [
    [0, 3700],
    [3500, null],
    [4200, null],
    [4550, null],
    [5200, null],
    [5600, 11_700],
    [11_600, null],
    [13_100, null],
    [20_000, null],
  ] as const)
    expect([ms, silenceEnd(words, ms)]).toEqual([ms, end]);
  expect(silenceEnd([], 0)).toBeNull();
});
