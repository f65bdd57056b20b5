/** Reads the media playlists of docs/PROTOCOL.md (a small part of RFC 8216bis): what is there, and when it plays. */

/** A piece of a track that one request brings: a whole segment or one part of it. Times in seconds. */
export interface Piece {
  readonly uri: string;
  readonly start: number;
  readonly duration: number;
  /** Decoding may begin here. */
  readonly independent: boolean;
  /** It is missing on the server. */
  readonly gap?: boolean;
}

export interface Segment {
  readonly msn: number;
  readonly start: number;
  readonly duration: number;
  /** What it is decoded with: an encoder may be replaced in the middle of a take. */
  readonly init: string;
  /** None while the segment still grows: then it can be had part by part only. */
  readonly uri: string | null;
  /** Empty once the segment is so old that the playlist no longer lists them. */
  readonly parts: readonly Piece[];
  /** Some of it is missing on the server, so that it cannot be had as a whole. */
  readonly gap?: boolean;
}

export interface Playlist {
  /** That of the first segment. */
  readonly init: string;
  readonly segments: readonly Segment[];
  readonly ended: boolean;
  /** No part is longer, in seconds. */
  readonly partTarget: number;
  /** How old a playlist may be, in seconds, to be brought up to date by a delta update; 0: it cannot be. */
  readonly skipUntil: number;
  /** Wall-clock time of the first sample, in milliseconds; tells how much later than the picture a track begins. */
  readonly beginsAt: number | null;
  readonly end: number;
}

export class PlaylistError extends Error {}

/** `"a=1,b=\"x,y\""` as a map; quotes are taken off. */
function attributes(list: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, quoted, plain] of list.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    if (name) found.set(name, quoted ?? plain ?? "");
  }
  return found;
}

function seconds(text: string | undefined): number {
  const value = Number.parseFloat(text ?? "");
  if (!Number.isFinite(value) || value < 0) throw new PlaylistError(`duration ${text}`);
  return value;
}

/**
 * Parses `text`; `offset` is when the track's first sample plays, in seconds. A delta update (`EXT-X-SKIP`) takes what it
 * leaves out from `previous`, and cannot be read without it.
 */
export function parsePlaylist(text: string, offset = 0, previous: Playlist | null = null): Playlist {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== "#EXTM3U") throw new PlaylistError("not a playlist");

  /** The init of the segment which comes next. */
  let map = "";
  let ended = false;
  let partTarget = 1;
  let skipUntil = 0;
  let beginsAt: number | null = null;
  let msn = 0;
  let at = offset;
  let partAt = offset;
  let parts: Piece[] = [];
  let duration: number | null = null;
  let gap = false;
  const segments: Segment[] = [];

  for (const line of lines) {
    const colon = line.indexOf(":");
    const value = colon < 0 ? "" : line.slice(colon + 1);
    switch (colon < 0 ? line : line.slice(0, colon)) {
      case "#EXT-X-MEDIA-SEQUENCE":
        msn = Number.parseInt(value, 10) || 0;
        break;
      case "#EXT-X-MAP":
        map = attributes(value).get("URI") ?? "";
        break;
      case "#EXT-X-SERVER-CONTROL":
        skipUntil = seconds(attributes(value).get("CAN-SKIP-UNTIL") ?? "0");
        break;
      case "#EXT-X-PART-INF":
        partTarget = seconds(attributes(value).get("PART-TARGET"));
        break;
      case "#EXT-X-SKIP": {
        const skipped = skippedOf(previous, msn, Number(attributes(value).get("SKIPPED-SEGMENTS")));
        for (const segment of skipped) segments.push(segment);
        msn += skipped.length;
        const last = skipped.at(-1);
        if (last) at = partAt = last.start + last.duration;
        map ||= last?.init ?? "";
        beginsAt ??= previous?.beginsAt ?? null;
        break;
      }
      case "#EXT-X-PROGRAM-DATE-TIME":
        beginsAt ??= Date.parse(value) || null;
        break;
      case "#EXT-X-PART": {
        const part = attributes(value);
        const length = seconds(part.get("DURATION"));
        const uri = part.get("URI") ?? "";
        const independent = part.get("INDEPENDENT") === "YES";
        parts.push({ uri, start: partAt, duration: length, independent, gap: part.get("GAP") === "YES" });
        partAt += length;
        break;
      }
      case "#EXT-X-GAP":
        gap = true;
        break;
      case "#EXTINF":
        duration = seconds(value);
        break;
      case "#EXT-X-ENDLIST":
        ended = true;
        break;
      default:
        if (line !== "" && !line.startsWith("#") && duration !== null) {
          segments.push({ msn, start: at, duration, init: map, uri: line, parts, gap });
          gap = false;
          at += duration;
          partAt = at;
          parts = [];
          duration = null;
          msn += 1;
        }
    }
  }
  if (parts.length > 0) segments.push({ msn, start: at, duration: partAt - at, init: map, uri: null, parts });
  if (!map) throw new PlaylistError("no init");
  const init = segments[0]?.init ?? map;
  return { init, segments, ended, partTarget, skipUntil, beginsAt, end: parts.length > 0 ? partAt : at };
}

/** The `count` segments from `msn` on, as they were: closed segments never change. Their parts are no longer needed. */
function skippedOf(previous: Playlist | null, msn: number, count: number): readonly Segment[] {
  const from = msn - (previous?.segments[0]?.msn ?? 0);
  const skipped = previous?.segments.slice(from, from + count) ?? [];
  if (skipped.length !== count || skipped[0]?.msn !== msn || skipped.some(({ uri }) => uri === null)) {
    throw new PlaylistError("no base of the delta");
  }
  return skipped.map((segment) => (segment.parts.length > 0 ? { ...segment, parts: [] } : segment));
}
