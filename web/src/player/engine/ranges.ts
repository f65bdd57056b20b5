/** Arithmetic on what is buffered. Times in seconds; ranges ascending and apart, as `TimeRanges` gives them. */

export type Range = readonly [start: number, end: number];

/** Holes a decoder steps over by itself. */
const GAP_TOLERANCE = 0.1;
/** Largest hole that is jumped without a further look: shorter than any loss a person would want to notice. */
const MAX_GAP = 1;

export function toRanges(times: TimeRanges): Range[] {
  return Array.from({ length: times.length }, (_, i) => [times.start(i), times.end(i)] as const);
}

/** Where the run of media around `time` ends; null when nothing is there. */
export function endOfRun(ranges: readonly Range[], time: number): number | null {
  let end: number | null = null;
  for (const [from, to] of ranges) {
    if (end === null ? from <= time + GAP_TOLERANCE && time < to : from <= end + GAP_TOLERANCE) end = to;
  }
  return end;
}

/** Decoders stop up to so long before the media at hand ends: one track ends earlier than the other, or they look ahead. */
const SHORT_OF_END = 0.25;

/** Where to jump from a hole at `time`, where playing has stopped: just inside the next range, if it is no farther than `reach`. */
export function gapEnd(ranges: readonly Range[], time: number, reach = MAX_GAP): number | null {
  for (const [from, to] of ranges) {
    if (time >= from && time < to - SHORT_OF_END) return null;
    if (from > time) return from - time <= reach ? from + 0.01 : null;
  }
  return null;
}
