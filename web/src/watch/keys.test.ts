import { expect, test } from "vitest";
import { meaning, repeats, type Stroke } from "./keys";

const stroke = (key: string, rest: Partial<Stroke> = {}): Stroke => ({
  key,
  chord: false,
  held: false,
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

test("a held key goes on skipping, and switches nothing on and off", () => {
  const goes = ["l", "ArrowLeft", "ArrowUp", ">"].map((key) => means(key));
  const stops = ["k", " ", "m", "f", "?", "c"].map((key) => means(key));
  expect(goes.map((it) => it && repeats(it))).toEqual([true, true, true, true]);
  expect(stops.map((it) => it && repeats(it))).toEqual(Array(6).fill(false));
});
