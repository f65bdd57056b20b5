import { expect, test } from "vitest";
import { Played } from "./played";

const playing = (time: number) => ({ time, paused: false, seeking: false });

test("what is played on is one stretch, also when it is asked for in between", () => {
  const played = new Played();
  for (const time of [0, 0.5, 1, 2]) played.observe(playing(time));
  expect(played.seconds).toBe(2);
  expect(played.take()).toEqual([{ from_ms: 0, to_ms: 2000 }]);
  expect(played.seconds).toBe(0);
  played.observe(playing(3));
  expect(played.take()).toEqual([{ from_ms: 2000, to_ms: 3000 }]);
});

test("what is skipped, forwards or back, was not played", () => {
  const played = new Played();
  for (const time of [0, 1, 10, 11]) played.observe(playing(time));
  played.observe({ time: 4, paused: false, seeking: true });
  played.observe(playing(4));
  played.observe(playing(5));
  expect(played.take()).toEqual([
    { from_ms: 0, to_ms: 1000 },
    { from_ms: 10_000, to_ms: 11_000 },
    { from_ms: 4000, to_ms: 5000 },
  ]);
});

test("what stands still or is moved by hand was not played", () => {
  const played = new Played();
  for (const time of [0, 1, 2]) played.observe({ time, paused: true, seeking: false });
  expect(played.take()).toEqual([]);
  played.observe(playing(2));
  played.observe({ time: 2.5, paused: true, seeking: false });
  played.observe({ time: 9, paused: true, seeking: false });
  expect(played.take()).toEqual([{ from_ms: 2000, to_ms: 2500 }]);
});
