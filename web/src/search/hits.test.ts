import { expect, test } from "vitest";
import { href, pieces } from "./hits";

const marked = (text: string, marks: { start: number; end: number }[]) =>
  pieces(text, marks)
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");

test("a line is cut at its marks, and marks that make no sense are passed over", () => {
  expect(marked("the quick fox", [{ start: 4, end: 9 }])).toBe("the [quick] fox");
  expect(marked("fox", [{ start: 0, end: 3 }])).toBe("[fox]");
  expect(marked("😀 über", [{ start: 3, end: 7 }])).toBe("😀 [über]");
  expect(
    marked("ab", [
      { start: 0, end: 1 },
      { start: 0, end: 2 },
      { start: 1, end: 9 },
    ]),
  ).toBe("[a]b");
  expect(marked("", [])).toBe("");
});

test("a hit leads to its second and its comment", () => {
  const recording = { id: "1", slug: "abc", title: "", owner_name: "", created_at: 0, thumbnail_url: null };
  expect(href({ recording, at_ms: 83_900, comment_id: null })).toBe("/w/abc?t=83");
  expect(href({ recording, at_ms: 900, comment_id: null })).toBe("/w/abc");
  expect(href({ recording, at_ms: null, comment_id: null })).toBe("/w/abc");
  expect(href({ recording, at_ms: 2000, comment_id: "x" })).toBe("/w/abc?t=2&c=x");
});
