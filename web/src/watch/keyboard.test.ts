import { expect, test } from "vitest";
import { initialState, type PlayerState } from "../player/requests";
import { revertRequests } from "./keyboard";
import { actionOf } from "./keys";
import type { Act } from "./typing";

/** Keys, and how the player stood before the first of them; before the later ones everything was different. */
function acts(keys: string, first: Partial<PlayerState>): Act<PlayerState>[] {
  const other = { ...initialState, time: 50, paused: !first.paused, muted: true, rate: 3, fullscreen: true };
  return [...keys].flatMap((key, n) => {
    const action = actionOf({ key, chord: false, held: false, focus: "page" }, true);
    return action ? [{ action, before: n === 0 ? { ...initialState, ...first } : other }] : [];
  });
}

test("several keys are taken back to before the first of them", () => {
  expect(revertRequests(acts("lm k", { time: 7, paused: false }))).toEqual([
    { type: "play" },
    { type: "seek", to: 7 },
    { type: "mute", on: false },
  ]);
});

test("what plays on meanwhile is left alone", () => {
  expect(revertRequests(acts("m", { time: 7, paused: false }))).toEqual([{ type: "mute", on: false }]);
  expect(revertRequests(acts("f>", { rate: 1.5 }))).toEqual([
    { type: "fullscreen", on: false },
    { type: "rate", to: 1.5 },
  ]);
  expect(revertRequests(acts("?", {}))).toEqual([]);
});

test("a paused picture stands again where it stood", () => {
  expect(revertRequests(acts(" ", { time: 2, paused: true }))).toEqual([
    { type: "pause" },
    { type: "seek", to: 2 },
  ]);
});
