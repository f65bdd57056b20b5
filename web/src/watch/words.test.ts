import { expect, test } from "vitest";
import type { Word } from "../api/types";
import { paragraphs, quotation, search } from "./reading";
import { line, replaceWords, settledVersion, wordAt, wordsAround } from "./words";

const words = (text: string): Word[] =>
  text.split(" ").map((said, n) => ({
    n,
    start_ms: n * 500,
    end_ms: n * 500 + 400,
    text: said.replace("|", ""),
    gap: said.startsWith("|"),
    joined: false,
  }));

const TALK = words("|Open the recorder |and press the red record button.");

test("the word that is spoken is the last that has begun", () => {
  expect(wordAt(TALK, -1)).toBe(-1);
  expect(wordAt(TALK, 0)).toBe(0);
  expect(wordAt(TALK, 1499)).toBe(2);
  expect(wordAt(TALK, 999_999)).toBe(TALK.length - 1);
  expect(wordAt([], 5)).toBe(-1);
});

test("binary search agrees with reading from the start", () => {
  for (let ms = -100; ms < 6000; ms += 37) {
    expect(wordAt(TALK, ms)).toBe(TALK.findLastIndex((word) => word.start_ms <= ms));
  }
});

test("a correction takes the place of the words from its number on, of more or of fewer", () => {
  const [a, b, c] = TALK;
  if (!a || !b || !c) throw new Error("the fixture has three words");
  expect(replaceWords([a], 1, [b, c])).toEqual([a, b, c]);
  const mended = { ...b, text: "a" };
  expect(replaceWords([a, b, c], 1, [mended])).toEqual([a, mended]);
  expect(replaceWords([a, b], 1, [])).toEqual([a]);
  expect(replaceWords([a, b], 1, [mended, c])).toEqual([a, mended, c]);
});

test("words have a version only while no worker is at them", () => {
  expect((["none", "no_model", "failed", "done"] as const).map((state) => settledVersion(state, 3))).toEqual([
    3, 3, 3, 3,
  ]);
  expect((["waiting", "running"] as const).map((state) => settledVersion(state, 3))).toEqual([null, null]);
});

test("words of a script without blanks are joined, and found wherever they begin", () => {
  const japanese = words("これは 画面の 録画です |緑の").map((word, n) => ({
    ...word,
    joined: n > 0 && !word.gap,
  }));
  expect(line(japanese)).toBe("これは画面の録画です 緑の");
  expect(search(japanese, "録画")).toEqual([[2, 2]]);
  expect(search(japanese, "面の録")).toEqual([[1, 2]]);
  expect(search(japanese, "これは")).toEqual([[0, 0]]);
  expect(search(japanese, "緑")).toEqual([[3, 3]]);
});

test("a pause begins a paragraph, and so does a breathless speaker's eightieth word", () => {
  expect(paragraphs(TALK).map(({ first, words: said }) => [first, said.length])).toEqual([
    [0, 3],
    [3, 6],
  ]);
  expect(paragraphs(words("word ".repeat(100).trim())).map(({ first }) => first)).toEqual([0, 80]);
});

test("search finds phrases, beginnings of the last word, and ignores case, accents and punctuation", () => {
  expect(search(TALK, "THE REC")).toEqual([[1, 2]]);
  expect(search(TALK, "rec")).toEqual([
    [2, 2],
    [7, 7],
  ]);
  expect(search(TALK, "button")).toEqual([[8, 8]]);
  expect(search(words("un café noir"), "cafe")).toEqual([[1, 1]]);
  expect(search(TALK, "record red")).toEqual([]);
  expect(search(TALK, "  ")).toEqual([]);
});

test("a moment is described by the words around it, and silence by none", () => {
  expect(wordsAround(TALK, 1000, 3)).toBe("the recorder and");
  expect(wordsAround(TALK, 60_000, 3)).toBe("");
  expect(wordsAround([], 0, 3)).toBe("");
});

test("where a script has no blanks, letters are found within and across pieces", () => {
  const talk = words("画面 録 画を 始めます。");
  expect(search(talk, "録画")).toEqual([[1, 2]]);
  expect(search(talk, "始")).toEqual([[3, 3]]);
  expect(search(talk, "動画")).toEqual([]);
});

test("a quotation has its words, its moment and a bound", () => {
  expect(quotation(TALK, 1, 2)).toEqual({ said: "the recorder", from: 500, to: 1400 });
  const long = quotation(words("word ".repeat(200).trim()), 0, 199);
  expect(long.said.length).toBeLessThanOrEqual(281);
  expect(long.to).toBe(199 * 500 + 400);
});
