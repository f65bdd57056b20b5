import { expect, test } from "vitest";
import type { Word } from "../api/types";
import { begin, holds, unchanged } from "./draft";

const words = (text: string, from = 0): Word[] =>
  text.split(" ").map((word, i) => ({
    n: from + i,
    start_ms: i * 1000,
    end_ms: i * 1000 + 500,
    text: word,
    gap: i === 0,
    joined: false,
  }));

test("a draft knows whether somebody else changed its words meanwhile", () => {
  const all = words("a b c d");
  const draft = begin(all.slice(1, 3), 4);
  expect(draft).toEqual({ first: 1, count: 2, version: 4, seen: "b c", text: "b c" });
  expect(unchanged(draft, all)).toBe(true);
  expect(unchanged(draft, words("x b c d"))).toBe(true);
  expect(unchanged(draft, words("a b x d"))).toBe(false);
  expect(unchanged(draft, words("x a b c d"))).toBe(false);
  expect(unchanged(draft, words("a"))).toBe(false);
});

test("a draft stands in the paragraph that its first word is in", () => {
  const draft = begin(words("c d", 2), 0);
  expect([holds(draft, 0, 2), holds(draft, 0, 3), holds(draft, 2, 2), holds(draft, 3, 2)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
