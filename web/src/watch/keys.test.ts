import { expect, test } from "vitest";
import { meaning, type Stroke, Typing } from "./keys";

const stroke = (key: string, rest: Partial<Stroke> = {}): Stroke => ({
  key,
  chord: false,
  focus: "page",
  ...rest,
});
const means = (key: string, rest: Partial<Stroke> = {}, single = true) => meaning(stroke(key, rest), single);

test("c begins a comment, and no other letter does", () => {
  expect(means("c")).toEqual({ kind: "comment" });
  const begins = [..."abdefghijklmnopqrstuvwxyzABCé1"].filter((key) => means(key)?.kind === "comment");
  expect(begins).toEqual([]);
});

test("the keys of a player do what they do everywhere", () => {
  expect(means(" ")).toEqual({ kind: "request", request: { type: "toggle" } });
  expect(means("ArrowLeft")).toEqual({ kind: "request", request: { type: "skip", by: -5 } });
  expect(means("ArrowUp")).toEqual({ kind: "request", request: { type: "louder", by: 0.05 } });
  expect(means("l")).toEqual({ kind: "request", request: { type: "skip", by: 10 } });
  expect(means(">")).toEqual({ kind: "request", request: { type: "faster", by: 1 } });
  expect(means("?")).toEqual({ kind: "help" });
});

test("typing in a field and the browser's own chords are left alone", () => {
  expect(means("k", { focus: "field" })).toBeNull();
  expect(means("f", { chord: true })).toBeNull();
});

test("a focused button keeps Space, Enter and arrows for itself, and a list its vertical arrows", () => {
  expect(means(" ", { focus: "control" })).toBeNull();
  expect(means("ArrowRight", { focus: "control" })).toBeNull();
  expect(means("k", { focus: "control" })).toEqual({ kind: "request", request: { type: "toggle" } });
  expect(means("ArrowDown", { focus: "list" })).toBeNull();
  expect(means("ArrowRight", { focus: "list" })).not.toBeNull();
});

test("who dictates may switch single keys off and keeps Space, arrows and Escape", () => {
  expect(means("c", {}, false)).toBeNull();
  expect(means("k", {}, false)).toBeNull();
  expect(means(" ", {}, false)).not.toBeNull();
  expect(means("Escape", {}, false)).toEqual({ kind: "escape" });
});

test("keys that print nothing begin no comment", () => {
  const all = ["Shift", "Tab", "F5", "Dead", "Enter"].map((key) => means(key));
  expect(all).toEqual(Array(5).fill(null));
});

/** What becomes of each stroke of `text`, typed every `every` milliseconds; `a` acts, `r` reverts, `t` tells. */
function typed(text: string, every: number, focus: Stroke["focus"] = "page"): string {
  const typing = new Typing();
  return [...text]
    .map((key, n) => typing.hear(stroke(key, { focus }), means(key, { focus }), n * every)[0])
    .join("")
    .replaceAll("i", ".");
}

test("a sentence typed at the page does nothing, and what its first letter did is taken back", () => {
  expect(typed("look at this", 120)).toBe("ar.t........");
  expect(typed("just check it", 200)).toBe("ar.t.........");
  expect(typed("the button", 150)).toBe("...t......");
});

test("shortcuts that stand alone act, however quickly they follow one another", () => {
  expect(typed("jjjl", 100)).toBe("aaaa");
  expect(typed("k m", 80)).toBe("aaa");
  expect(typed("ko", 600)).toBe("a.");
});

test("after a pause a shortcut acts again", () => {
  const typing = new Typing();
  const hear = (key: string, now: number) => typing.hear(stroke(key), means(key), now);
  expect([hear("t", 0), hear("k", 900), hear("k", 2000)]).toEqual(["ignore", "ignore", "act"]);
});

test("Space on a button is no sentence", () => {
  expect(typed("  k", 100, "control")).toBe("..a");
});
