import { expect, test } from "vitest";
import { actionOf, isRepeatable, type KeyPress } from "./keys";

const press = (key: string, rest: Partial<KeyPress> = {}): KeyPress => ({
  key,
  chord: false,
  held: false,
  focus: "page",
  ...rest,
});
const action = (key: string, rest: Partial<KeyPress> = {}, single = true) =>
  actionOf(press(key, rest), single);

test("c begins a comment, and no other letter does", () => {
  expect(action("c")).toEqual({ kind: "comment" });
  const begins = [..."abdefghijklmnopqrstuvwxyzABCé1"].filter((key) => action(key)?.kind === "comment");
  expect(begins).toEqual([]);
});

test("the keys of a player do what they do everywhere", () => {
  expect(action(" ")).toEqual({ kind: "request", request: { type: "toggle" } });
  expect(action("ArrowLeft")).toEqual({ kind: "request", request: { type: "skip", by: -5 } });
  expect(action("ArrowUp")).toEqual({ kind: "request", request: { type: "louder", by: 0.05 } });
  expect(action("l")).toEqual({ kind: "request", request: { type: "skip", by: 10 } });
  expect(action(">")).toEqual({ kind: "request", request: { type: "faster", by: 1 } });
  expect(action("?")).toEqual({ kind: "help" });
});

test("typing in a field and the browser's own chords are left alone", () => {
  expect(action("k", { focus: "field" })).toBeNull();
  expect(action("f", { chord: true })).toBeNull();
});

test("a focused button keeps Space, Enter and arrows for itself, and a list its vertical arrows", () => {
  expect(action(" ", { focus: "control" })).toBeNull();
  expect(action("ArrowRight", { focus: "control" })).toBeNull();
  expect(action("k", { focus: "control" })).toEqual({ kind: "request", request: { type: "toggle" } });
  expect(action("ArrowDown", { focus: "list" })).toBeNull();
  expect(action("ArrowRight", { focus: "list" })).not.toBeNull();
});

test("who dictates may switch single keys off and keeps Space, arrows and Escape", () => {
  expect(action("c", {}, false)).toBeNull();
  expect(action("k", {}, false)).toBeNull();
  expect(action(" ", {}, false)).not.toBeNull();
  expect(action("Escape", {}, false)).toEqual({ kind: "escape" });
});

test("keys that print nothing begin no comment", () => {
  const all = ["Shift", "Tab", "F5", "Dead", "Enter"].map((key) => action(key));
  expect(all).toEqual(Array(5).fill(null));
});

test("a held key goes on skipping, and switches nothing on and off", () => {
  const goes = ["l", "ArrowLeft", "ArrowUp", ">"].map((key) => action(key));
  const stops = ["k", " ", "m", "f", "?", "c"].map((key) => action(key));
  expect(goes.map((it) => it && isRepeatable(it))).toEqual([true, true, true, true]);
  expect(stops.map((it) => it && isRepeatable(it))).toEqual(Array(6).fill(false));
});
