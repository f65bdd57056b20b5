import { expect, test } from "vitest";
import { behind, passages, progressText } from "./progress";

test("a transcript that lags a recording in progress says by how much", () => {
  const running = (done_ms: number) => progressText({ state: "running", done_ms }, 100_000, true);
  expect(running(90_000)).toBe("Transcribed up to 1:30");
  expect(running(80_000)).toBe("Transcript is 20 sec behind");
  expect(progressText({ state: "waiting", done_ms: 0 }, 10_000, true)).toBe("Waiting to be transcribed");
  expect(progressText({ state: "waiting", done_ms: 0 }, 200_000, true)).toBe("Transcript is 3 min behind");
});

test("after the recording it says how far it is of all, and nothing once it has ended", () => {
  expect(progressText({ state: "running", done_ms: 30_000 }, 100_000, false)).toBe(
    "Transcribed up to 0:30 of 1:40",
  );
  for (const state of ["done", "failed", "no_model", "none"] as const) {
    expect(progressText({ state, done_ms: 30_000 }, 100_000, false)).toBeNull();
    expect(behind({ state, done_ms: 30_000 }, 100_000)).toBe(0);
  }
});

test("what could not be transcribed stands where it belongs", () => {
  const paragraph = (start_ms: number) => ({ start_ms, first: 0, words: [] });
  const all = passages(
    [paragraph(0), paragraph(5000)],
    [
      { start_ms: 3000, end_ms: 4000 },
      { start_ms: 9000, end_ms: 9500 },
    ],
  );
  expect(all.map(({ kind, start_ms }) => [kind, start_ms])).toEqual([
    ["words", 0],
    ["missing", 3000],
    ["words", 5000],
    ["missing", 9000],
  ]);
});
