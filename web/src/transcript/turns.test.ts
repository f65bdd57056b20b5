import { expect, test } from "vitest";
import type { Turn, Word } from "../api/types";
import { paragraphs } from "../watch/reading";
import { parted, sourceOf, speakers } from "./turns";

const WORDS: Word[] = Array.from({ length: 5 }, (_, n) => ({
  n,
  start_ms: n * 1000,
  end_ms: n * 1000 + 600,
  text: String(n),
  gap: false,
  joined: false,
}));
const TURNS: Turn[] = [
  { at_ms: 1100, source: "microphone" },
  { at_ms: 3400, source: "system" },
];
const said = (turns: readonly Turn[]) => {
  const cut = paragraphs(parted(WORDS, turns));
  return cut.map(({ first, words }) => [
    speakers(cut, turns).get(first),
    words.map(({ text }) => text).join(" "),
  ]);
};

// The same words and turns as in the test of the server's files.
test("a word is said by who is heard at its middle, and a turn begins a paragraph that says so", () => {
  expect(WORDS.map((word) => sourceOf(TURNS, word))).toEqual([
    undefined,
    "microphone",
    "microphone",
    "system",
    "system",
  ]);
  expect(said(TURNS)).toEqual([
    [undefined, "0"],
    ["Microphone", "1 2"],
    ["System sound", "3 4"],
  ]);
});

test("who goes on behind a pause is not named again, and who speaks at the same time is both", () => {
  const [first, second, ...rest] = WORDS;
  if (!first || !second) throw new Error("the fixture has five words");
  const paused = [first, { ...second, gap: true }, ...rest];
  const turns: Turn[] = [
    { at_ms: 0, source: "system" },
    { at_ms: 2900, source: "both" },
  ];
  const cut = paragraphs(parted(paused, turns));
  expect(cut.map(({ first }) => first)).toEqual([0, 1, 3]);
  expect([...speakers(cut, turns)]).toEqual([
    [0, "System sound"],
    [3, "Microphone and system sound"],
  ]);
});

test("without turns nothing changes, and words that stay in their paragraph are the same objects", () => {
  expect(parted(WORDS, [])).toEqual(WORDS);
  const cut = parted(WORDS, TURNS);
  expect(cut.map((word, n) => word === WORDS[n])).toEqual([true, false, true, false, true]);
  expect(WORDS.some(({ gap }) => gap)).toBe(false);
});
