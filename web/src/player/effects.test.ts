import { expect, test } from "vitest";
import { type Port, perform } from "./effects";
import { atLiveEdge, initialState, type PlayerState, type Request, reachedLiveEdge } from "./requests";

/** What `request` does to the media in `state`, in words. */
function effects(request: Request, state: Partial<PlayerState> = {}, live: number | null = null): string[] {
  const log: string[] = [];
  const port: Port = {
    play: () => log.push("play"),
    pause: () => log.push("pause"),
    seek: (to) => log.push(`seek ${to}`),
    goLive: () => live,
    rate: (to) => log.push(`rate ${to}`),
    mute: (on) => log.push(`mute ${on}`),
    volume: (to) => log.push(`volume ${to}`),
    captions: (on) => log.push(`captions ${on}`),
    fullscreen: (on) => log.push(`fullscreen ${on}`),
    pip: (on) => log.push(`pip ${on}`),
  };
  perform(port, { ...initialState, end: 60, ...state }, request);
  return log;
}

test("toggle goes by what the media said, not by what was asked before", () => {
  expect(effects({ type: "toggle" }, { paused: true })).toEqual(["play"]);
  expect(effects({ type: "toggle" }, { paused: false })).toEqual(["pause"]);
});

test("play after the end begins anew", () => {
  expect(effects({ type: "toggle" }, { paused: false, ended: true })).toEqual(["seek 0", "play"]);
  expect(effects({ type: "play" }, { time: 59.9 }), "and at the last picture").toEqual(["seek 0", "play"]);
  expect(effects({ type: "play" }, { time: 59.9, live: true }), "but more may come").toEqual(["play"]);
});

test("nobody leaves the recording at either end", () => {
  expect(effects({ type: "skip", by: -10 }, { time: 4 })).toEqual(["seek 0"]);
  expect(effects({ type: "skip", by: 10 }, { time: 55 })).toEqual(["seek 60"]);
  expect(effects({ type: "seek", to: -1 })).toEqual(["seek 0"]);
});

test("going live goes where the player says that live is, and plays at ordinary speed", () => {
  const state = { live: true, holdBack: 3, rate: 2 };
  expect(effects({ type: "go_live" }, state, 58.5)).toEqual(["seek 58.5", "rate 1", "play"]);
  expect(effects({ type: "go_live" }, state)).toEqual(["seek 57", "rate 1", "play"]);
  expect(effects({ type: "go_live" }, { ...state, end: 2 })).toEqual(["seek 0", "rate 1", "play"]);
});

test("turning the volume up ends the silence", () => {
  expect(effects({ type: "volume", to: 0.5 }, { muted: true })).toEqual(["volume 0.5", "mute false"]);
  expect(effects({ type: "volume", to: 7 })).toEqual(["volume 1"]);
});

test("speed and volume go in steps and stop at their ends", () => {
  expect(effects({ type: "faster", by: 1 })).toEqual(["rate 1.25"]);
  expect(effects({ type: "faster", by: -1 })).toEqual(["rate 0.75"]);
  expect(effects({ type: "faster", by: 1 }, { rate: 1.1 })).toEqual(["rate 1.25"]);
  expect(effects({ type: "faster", by: 1 }, { rate: 3 })).toEqual(["rate 3"]);
  expect(effects({ type: "faster", by: -1 }, { rate: 0.5 })).toEqual(["rate 0.5"]);
  expect(effects({ type: "louder", by: 0.05 }, { volume: 0.5, muted: true })).toEqual([
    "volume 0.55",
    "mute false",
  ]);
  expect(effects({ type: "louder", by: -0.05 }, { volume: 0.02 })).toEqual(["volume 0"]);
  expect(effects({ type: "louder", by: 0.05 }, { volume: 0.98 })).toEqual(["volume 1"]);
});

test("who plays fast slows down where the recording is being made, and only there", () => {
  const state = { ...initialState, live: true, paused: false, rate: 2, end: 60, holdBack: 3 };
  expect(reachedLiveEdge({ ...state, time: 59 })).toBe(true);
  expect(reachedLiveEdge({ ...state, time: 50 })).toBe(false);
  expect(reachedLiveEdge({ ...state, time: 59, live: false })).toBe(false);
});

test("a viewer is live only while the recording runs and close to its end", () => {
  const state = { ...initialState, live: true, end: 60, holdBack: 3 };
  expect(atLiveEdge({ ...state, time: 56 })).toBe(true);
  expect(atLiveEdge({ ...state, time: 40 })).toBe(false);
  expect(atLiveEdge({ ...state, time: 60, live: false })).toBe(false);
});
