import { expect, test } from "vitest";
import { meaning, type Stroke } from "./keys";
import { Typing } from "./typing";

/** A stroke, and the milliseconds between it and the one before. */
type Key = readonly [key: string, after: number, rest?: Partial<Stroke>];

/** What becomes of each stroke: `a` acts, `.` nothing, `t` tells, and the number of acts that are taken back. */
function judged(keys: readonly Key[]): string {
  const typing = new Typing<number>();
  let at = 0;
  return keys
    .map(([key, after, rest], n) => {
      at += after;
      const stroke: Stroke = { key, chord: false, held: false, focus: "page", ...rest };
      const verdict = typing.judge(stroke, meaning(stroke, true), at, n);
      if (verdict.kind === "revert") return verdict.acts.length;
      return { act: "a", ignore: ".", tell: "t" }[verdict.kind];
    })
    .join("");
}
const typed = (text: string, every: number, focus: Stroke["focus"] = "page") =>
  judged([...text].map((key) => [key, every, { focus }]));

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
  const stroke = (key: string): Stroke => ({ key, chord: false, held: false, focus: "page" });
  const judge = (key: string, at: number, before: string) =>
    typing.judge(stroke(key), meaning(stroke(key), true), at, before);
  judge("m", 0, "heard");
  judge("k", 1000, "muted");
  expect(judge("e", 2000, "paused")).toEqual({
    kind: "revert",
    acts: [
      { means: { kind: "mute" }, before: "heard" },
      { means: { kind: "request", request: { type: "toggle" } }, before: "muted" },
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
    judged([
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
    judged([
      ["t", 0],
      ["k", 900],
      ["k", 1100],
    ]),
  ).toBe("..a");
});

test("an arrow or Escape ends text and keeps what was done before; Shift does not", () => {
  expect(
    judged([
      ["t", 0],
      ["Escape", 200],
      ["k", 200],
    ]),
  ).toBe(".aa");
  expect(
    judged([
      ["l", 0],
      ["ArrowRight", 200],
      ["o", 200],
    ]),
  ).toBe("aa.");
  expect(
    judged([
      ["l", 0],
      ["Shift", 200],
      ["O", 200],
    ]),
  ).toBe("a.1");
});

test("c begins a comment, and what was done before it stays", () => {
  expect(
    judged([
      ["m", 0],
      ["c", 100],
      ["x", 100],
    ]),
  ).toBe("aa.");
});

test("how to comment is told once", () => {
  expect(typed("nothing here", 100)).toBe("...t........");
});

test("Space on a button is no sentence", () => {
  expect(typed("  k", 100, "control")).toBe("..a");
});
