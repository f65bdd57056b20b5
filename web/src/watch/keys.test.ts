import { expect, test } from "vitest";
import { meaning, type Stroke } from "./keys";

const stroke = (key: string, rest: Partial<Stroke> = {}): Stroke => ({
  key,
  chord: false,
  focus: "page",
  ...rest,
});
const means = (key: string, rest: Partial<Stroke> = {}, single = true) => meaning(stroke(key, rest), single);

test("letters that are no shortcut begin a comment with themselves", () => {
  expect(means("t")).toEqual({ kind: "comment", text: "t" });
  expect(means("K")).toEqual({ kind: "comment", text: "K" });
  expect(means("é")).toEqual({ kind: "comment", text: "é" });
  expect(means("c")).toEqual({ kind: "comment", text: "" });
});

test("the keys of a player do what they do everywhere", () => {
  expect(means(" ")).toEqual({ kind: "request", request: { type: "toggle" } });
  expect(means("ArrowLeft")).toEqual({ kind: "request", request: { type: "skip", by: -5 } });
  expect(means("l")).toEqual({ kind: "request", request: { type: "skip", by: 10 } });
  expect(means("?")).toEqual({ kind: "help" });
});

test("typing in a field and the browser's own chords are left alone", () => {
  expect(means("k", { focus: "field" })).toBeNull();
  expect(means("f", { chord: true })).toBeNull();
});

test("a focused button keeps Space, Enter and arrows for itself", () => {
  expect(means(" ", { focus: "control" })).toBeNull();
  expect(means("ArrowRight", { focus: "control" })).toBeNull();
  expect(means("k", { focus: "control" })).toEqual({ kind: "request", request: { type: "toggle" } });
});

test("who dictates may switch single keys off and keeps Space and Escape", () => {
  expect(means("t", {}, false)).toBeNull();
  expect(means("k", {}, false)).toBeNull();
  expect(means(" ", {}, false)).not.toBeNull();
  expect(means("Escape", {}, false)).toEqual({ kind: "escape" });
});

test("keys that print nothing begin no comment", () => {
  expect(["Shift", "Tab", "F5", "Dead", "Enter"].map((key) => means(key))).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
