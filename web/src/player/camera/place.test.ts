import { describe, expect, it } from "vitest";
import { parsePlaylist } from "../engine/playlist";
import { placeOf } from "./place";

const HEAD = '#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MAP:URI="camera/init.mp4"\n';
const running = (offset = 0) =>
  parsePlaylist(
    `${HEAD}#EXTINF:2,\na.m4s\n#EXT-X-GAP\n#EXTINF:2,\nb.m4s\n#EXTINF:2,\nc.m4s\n#EXT-X-PART:DURATION=0.5,URI="d",INDEPENDENT=YES\n`,
    offset,
  );
const ended = (offset = 0) =>
  parsePlaylist(`${HEAD}#EXTINF:2,\na.m4s\n#EXTINF:2,\nb.m4s\n#EXT-X-ENDLIST\n`, offset);

describe("where a camera track has its picture", () => {
  it("is the same place, but nowhere in a gap and behind what has arrived", () => {
    expect(placeOf(running(), 1)).toEqual({ time: 1, still: false });
    expect(placeOf(running(), 2.5)).toBeNull();
    expect(placeOf(running(), 6.2)).toEqual({ time: 6.2, still: false });
    expect(placeOf(running(), 6.6)).toBeNull();
  });
  it("is its first picture shortly before it begins, and its last shortly after it ends", () => {
    expect(placeOf(ended(0.4), 0)).toEqual({ time: 0.401, still: true });
    expect(placeOf(ended(3), 0)).toBeNull();
    expect(placeOf(ended(), 4.5)).toEqual({ time: 3.95, still: true });
    expect(placeOf(ended(), 7)).toBeNull();
  });
  it("is nowhere in a track without anything", () => {
    expect(placeOf(parsePlaylist(HEAD), 0)).toBeNull();
  });
});
