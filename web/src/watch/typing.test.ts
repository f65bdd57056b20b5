import { expect, test } from "vitest";
import { actionOf, type KeyPress } from "./keys";
import { Typing } from "./typing";

/** A press, and the milliseconds between it and the one before. */
type Key = readonly [key: string, after: number, rest?: Partial<KeyPress>];

/** What becomes of each press: `a` acts, `.` nothing, `t` hints, and the number of acts that are taken back. */
function classified(keys: readonly Key[]): string {
  const typing = new Typing<number>();
  let at = 0;
  return keys
    .map(([key, after, rest], n) => {
      at += after;
      const press: KeyPress = { key, chord: false, held: false, focus: "page", ...rest };
      const verdict = typing.classify(press, actionOf(press, true), at, n);
      if (verdict.kind === "revert") return verdict.acts.length;
      return { act: "a", ignore: ".", hint: "t" }[verdict.kind];
    })
    .join("");
}
const typed = (text: string, every: number, focus: KeyPress["focus"] = "page") =>
  classified([...text].map((key) => [key, every, { focus }]));

test("a sentence typed at the page does nothing, and what its first letters did is taken back", () => {
  expect(typed("look at this", 120)).toBe("a1.t........");
  expect(typed("just check it", 200)).toBe("a1.t.........");
  expect(typed("jk lol", 150)).toBe("aaaa4t");
  expect(typed("the button", 150)).toBe("...t......");
});

test("so it is with a slow typist, whose every word begins anew", () => {
  // After a second each key acts; the next one that is no shortcut takes the run back.
  expect(typed("my fault", 1200)).toBe("a1aa2ta1");
  expect(typed("the muffin", 1900)).toBe("...aa2aa2t");
});

test("what is taken back is told in the order in which it was done, with how the player stood before", () => {
  const typing = new Typing<string>();
  const press = (key: string): KeyPress => ({ key, chord: false, held: false, focus: "page" });
  const classify = (key: string, at: number, before: string) =>
    typing.classify(press(key), actionOf(press(key), true), at, before);
  classify("m", 0, "heard");
  classify("k", 1000, "muted");
  expect(classify("e", 2000, "paused")).toEqual({
    kind: "revert",
    acts: [
      { action: { kind: "mute" }, before: "heard" },
      { action: { kind: "request", request: { type: "toggle" } }, before: "muted" },
    ],
  });
});

test("shortcuts that stand alone act, however quickly they follow one another", () => {
  expect(typed("jjjl", 100)).toBe("aaaa");
  expect(typed("k m", 80)).toBe("aaa");
  expect(typed("ko", 2100)).toBe("a.");
});

test("a key three times in a row, or held down, is meant, and so is what it stands in", () => {
  expect(typed("llle", 300)).toBe("aaa.");
  expect(typed("llkle", 300)).toBe("aaaa4");
  expect(typed("jlllme", 300)).toBe("aaaaa.");
  expect(
    classified([
      ["l", 0],
      ["l", 500, { held: true }],
      ["o", 40],
    ]),
  ).toBe("aa.");
  // A slip of the finger does not silence the key that was meant.
  expect(typed("nmmm", 300)).toBe("...a");
});

test("a run of many shortcuts is no word", () => {
  expect(typed("jlkme", 300)).toBe("aaaa4");
  expect(typed("jlkmje", 300)).toBe("aaaaa.");
});

test("after a pause a shortcut acts again", () => {
  expect(
    classified([
      ["t", 0],
      ["k", 900],
      ["k", 1100],
    ]),
  ).toBe("..a");
});

test("an arrow or Escape ends text and keeps what was done before; Shift does not", () => {
  expect(
    classified([
      ["t", 0],
      ["Escape", 200],
      ["k", 200],
    ]),
  ).toBe(".aa");
  expect(
    classified([
      ["l", 0],
      ["ArrowRight", 200],
      ["o", 200],
    ]),
  ).toBe("aa.");
  expect(
    classified([
      ["l", 0],
      ["Shift", 200],
      ["O", 200],
    ]),
  ).toBe("a.1");
});

test("c begins a comment, and what was done before it stays", () => {
  expect(
    classified([
      ["m", 0],
      ["c", 100],
      ["x", 100],
    ]),
  ).toBe("aa.");
});

test("keys that begin and end a range take nothing back, unless a word goes on behind them", () => {
  expect(typed(" i", 700)).toBe("a.");
  expect(typed("i k", 700)).toBe(".aa");
  expect(typed(" it", 700)).toBe("a.1");
  expect(typed("look", 120)).toBe("a1.t");
});

test("how to comment is told once", () => {
  expect(typed("nothing here", 100)).toBe("...t........");
});

test("Space on a button is no sentence", () => {
  expect(typed("  k", 100, "control")).toBe("..a");
});
