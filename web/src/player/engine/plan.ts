/**
 * What to load next, as a pure rule over a playlist. A cursor names the next piece by segment and part, never by
 * time: durations in a playlist are rounded, and adding up an hour of them would drift off the media's own clock.
 */
import type { Piece, Playlist } from "./playlist";

export interface Cursor {
  readonly msn: number;
  readonly part: number;
}

export type Step =
  | { readonly kind: "load"; readonly piece: Piece; readonly init: string; readonly after: Cursor }
  /** The recorder has not made it yet. */
  | { readonly kind: "wait" }
  | { readonly kind: "end" };

/**
 * The step at `cursor`: a whole segment where none of it is loaded yet, else its parts one by one. What is missing on the
 * server is passed over, and so is what cannot be decoded without it.
 */
export function step(playlist: Playlist, cursor: Cursor): Step {
  const first = playlist.segments[0]?.msn ?? 0;
  const segment = playlist.segments[cursor.msn - first];
  if (!segment) return { kind: playlist.ended ? "end" : "wait" };

  const after = { msn: segment.msn + 1, part: 0 };
  const whole = segment.uri;
  if (whole !== null && segment.gap && segment.parts.length === 0) return step(playlist, after);
  if (whole !== null && !segment.gap && (cursor.part === 0 || segment.parts.length === 0)) {
    const { start, duration, init } = segment;
    return { kind: "load", piece: { uri: whole, start, duration, independent: true }, init, after };
  }
  const piece = segment.parts[cursor.part];
  if (piece) {
    const last = whole !== null && cursor.part + 1 === segment.parts.length;
    const next = last ? after : { msn: segment.msn, part: cursor.part + 1 };
    return decodable(segment.parts, cursor.part)
      ? { kind: "load", piece, init: segment.init, after: next }
      : step(playlist, next);
  }
  return whole === null ? { kind: "wait" } : step(playlist, after);
}

/** Whether the part is there, and nothing is missing since the last part that stands alone. */
function decodable(parts: readonly Piece[], at: number): boolean {
  const begin = parts.findLastIndex((part, place) => place <= at && part.independent);
  return !parts.slice(Math.max(0, begin), at + 1).some((part) => part.gap);
}

/** Where decoding must begin to show `time` (seconds): the last independent place at or before it. */
export function locate(playlist: Playlist, time: number): Cursor {
  const { segments } = playlist;
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.start ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  const segment = segments[Math.max(0, low - 1)];
  if (!segment) return { msn: 0, part: 0 };
  if (segment.uri !== null) {
    // Past the end of what is there: after it, so that nothing is loaded twice.
    const past = time >= segment.start + segment.duration;
    return { msn: past ? segment.msn + 1 : segment.msn, part: 0 };
  }
  const part = segment.parts.findLastIndex((piece) => piece.independent && piece.start <= time);
  return { msn: segment.msn, part: Math.max(0, part) };
}

/** The `_HLS_msn` and `_HLS_part` of the next part nobody has seen. */
export function upcoming(playlist: Playlist): Cursor {
  const last = playlist.segments.at(-1);
  if (!last) return { msn: 0, part: 0 };
  return last.uri === null ? { msn: last.msn, part: last.parts.length } : { msn: last.msn + 1, part: 0 };
}
