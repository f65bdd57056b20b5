import { expect, test } from "vitest";
import { type Cursor, locate, step, upcoming } from "./plan";
import type { Piece, Playlist, Segment } from "./playlist";

/** Segments of two parts of a second each; the last is open when `ended` is false. */
function playlist(segments: number, ended: boolean, listed = segments): Playlist {
  const part = (n: number): Piece => ({ uri: `${n}-${n}`, start: n, duration: 1, independent: n % 2 === 0 });
  const made = Array.from({ length: segments }, (_, msn): Segment => {
    const open = !ended && msn === segments - 1;
    const parts = msn >= segments - listed ? [part(2 * msn), part(2 * msn + 1)] : [];
    return {
      msn,
      start: 2 * msn,
      duration: 2,
      init: "init",
      uri: open ? null : `${2 * msn}-${2 * msn + 1}`,
      parts,
    };
  });
  return {
    init: "init",
    segments: made,
    ended,
    partTarget: 1,
    skipUntil: 0,
    beginsAt: null,
    end: 2 * segments,
  };
}

/** What is loaded from `cursor` on until there is nothing more. */
function run(from: Playlist, cursor: Cursor): string[] {
  const uris: string[] = [];
  for (;;) {
    const next = step(from, cursor);
    if (next.kind !== "load") return [...uris, next.kind];
    uris.push(next.piece.uri);
    cursor = next.after;
  }
}

test("a finished recording is loaded segment by segment", () => {
  expect(run(playlist(3, true), { msn: 0, part: 0 })).toEqual(["0-1", "2-3", "4-5", "end"]);
});

test("a recording in progress ends in parts and then waits", () => {
  expect(run(playlist(2, false), { msn: 0, part: 0 })).toEqual(["0-1", "2-2", "3-3", "wait"]);
});

test("who holds a part of a segment that was closed meanwhile loads only its other parts", () => {
  expect(run(playlist(2, true), { msn: 0, part: 1 })).toEqual(["1-1", "2-3", "end"]);
  expect(run(playlist(2, true), { msn: 1, part: 2 })).toEqual(["end"]);
});

test("parts that are no longer listed come as the whole segment again", () => {
  expect(run(playlist(3, true, 1), { msn: 0, part: 1 })).toEqual(["0-1", "2-3", "4-5", "end"]);
});

test("a place is found at the last picture that stands alone", () => {
  const live = playlist(3, false);
  expect(locate(live, 0)).toEqual({ msn: 0, part: 0 });
  expect(locate(live, 3.9)).toEqual({ msn: 1, part: 0 });
  expect(locate(live, 5.5)).toEqual({ msn: 2, part: 0 });
  expect(locate(playlist(0, false), 7)).toEqual({ msn: 0, part: 0 });
});

test("behind the end of a finished recording there is nothing to load", () => {
  const done = playlist(3, true);
  expect(run(done, locate(done, 6))).toEqual(["end"]);
  expect(run(done, locate(done, 5.99))).toEqual(["4-5", "end"]);
});

test("the next part to ask for is the one after the newest", () => {
  expect(upcoming(playlist(2, false))).toEqual({ msn: 1, part: 2 });
  expect(upcoming(playlist(2, true))).toEqual({ msn: 2, part: 0 });
  expect(upcoming(playlist(0, false))).toEqual({ msn: 0, part: 0 });
});

test("what is missing is passed over, and so are the parts that need it", () => {
  const done = playlist(3, true, 0);
  const lost = done.segments.map((segment) => (segment.msn === 1 ? { ...segment, gap: true } : segment));
  expect(run({ ...done, segments: lost }, { msn: 0, part: 0 })).toEqual(["0-1", "4-5", "end"]);

  const live = playlist(3, false);
  const without = (missing: string) => ({
    ...live,
    segments: live.segments.map((segment) => ({
      ...segment,
      gap: segment.uri !== null && segment.parts.some(({ uri }) => uri === missing),
      parts: segment.parts.map((part) => ({ ...part, gap: part.uri === missing })),
    })),
  });
  expect(run(without("2-2"), { msn: 0, part: 0 })).toEqual(["0-1", "4-4", "5-5", "wait"]);
  expect(run(without("3-3"), { msn: 0, part: 0 })).toEqual(["0-1", "2-2", "4-4", "5-5", "wait"]);
  expect(run(without("5-5"), { msn: 0, part: 0 })).toEqual(["0-1", "2-3", "4-4", "wait"]);
});
