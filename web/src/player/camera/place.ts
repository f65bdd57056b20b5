/** Where a camera track has its picture for a place of the recording. Pure; times in seconds. */
import type { Playlist } from "../engine/playlist";

/** A camera that begins so much later than the picture shows its first picture until then … */
const LATE = 1;
/** … and one that ends so much earlier its last. */
const EARLY = 2;
/** How far before its end a track surely has a picture. */
const LAST_PICTURE = 0.05;

export interface Place {
  readonly time: number;
  /** The track has nothing there: it is its first or its last picture. */
  readonly still: boolean;
}

/** Null: before the beginning of the track, behind its end, or where parts of it are missing. */
export function placeOf({ segments, end, ended }: Playlist, time: number): Place | null {
  const begin = segments[0]?.start;
  if (begin === undefined) return null;
  if (time < begin) return begin - time <= LATE ? { time: begin + 0.001, still: true } : null;
  if (time >= end) {
    // One that still runs may be late: its next picture is waited for where it stands.
    return ended && time - end <= EARLY ? { time: Math.max(begin, end - LAST_PICTURE), still: true } : null;
  }
  // From the end: whoever watches live is there.
  const segment = segments.findLast(({ start }) => start <= time);
  const part = segment?.parts.find((part) => time < part.start + part.duration);
  const missing = part ? part.gap : segment?.gap;
  return missing ? null : { time, still: false };
}
