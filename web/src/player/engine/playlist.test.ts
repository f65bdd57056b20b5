import { expect, test } from "vitest";
import { PlaylistError, parsePlaylist } from "./playlist";

const HEAD = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:10
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0
#EXT-X-PART-INF:PART-TARGET=1.0
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="video/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T00:00:00.500Z
`;

const LIVE = `${HEAD}#EXT-X-PART:DURATION=1.0,URI="video/0-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="video/1-1.m4s"
#EXTINF:1.5,
video/0-1.m4s
#EXT-X-PART:DURATION=1.0,URI="video/2-2.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/3-3.m4s"
`;

test("a recording in progress ends with a segment that can be had part by part only", () => {
  const playlist = parsePlaylist(LIVE);
  expect(playlist).toMatchObject({
    init: "video/init.mp4",
    ended: false,
    partTarget: 1,
    end: 2.5,
    beginsAt: Date.UTC(2026, 10, 21, 0, 0, 0, 500),
  });
  expect(playlist.segments.map(({ msn, start, uri }) => ({ msn, start, uri }))).toEqual([
    { msn: 0, start: 0, uri: "video/0-1.m4s" },
    { msn: 1, start: 1.5, uri: null },
  ]);
  expect(playlist.segments[0]?.parts[1]).toEqual({
    uri: "video/1-1.m4s",
    start: 1,
    duration: 0.5,
    independent: false,
    gap: false,
  });
});

test("an ended recording has whole segments and says so", () => {
  const playlist = parsePlaylist(`${HEAD}#EXTINF:6.0,\nvideo/0-5.m4s\n#EXT-X-ENDLIST\n`);
  expect(playlist).toMatchObject({ ended: true, end: 6 });
  expect(playlist.segments).toHaveLength(1);
});

test("a track that begins later than the picture is moved as a whole", () => {
  const playlist = parsePlaylist(LIVE, 0.25);
  expect(playlist.segments.map(({ start }) => start)).toEqual([0.25, 1.75]);
  expect(playlist.end).toBe(2.75);
});

test("gaps are told from what is there", () => {
  const text = `${HEAD}#EXTINF:2.0,
video/0-3.m4s
#EXT-X-PART:DURATION=1.0,URI="video/4-4.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1.0,URI="video/5-5.m4s",GAP=YES
#EXT-X-GAP
#EXTINF:2.0,
video/4-5.m4s
#EXTINF:2.0,
video/6-9.m4s
`;
  const { segments, end } = parsePlaylist(text);
  expect(segments.map(({ gap }) => gap ?? false)).toEqual([false, true, false]);
  expect(segments[1]?.parts.map(({ gap }) => gap ?? false)).toEqual([false, true]);
  expect(end).toBe(6);
});

test("what is not a playlist is refused", () => {
  expect(() => parsePlaylist("<html>")).toThrow(PlaylistError);
  expect(() => parsePlaylist("#EXTM3U\n#EXTINF:6,\na.m4s\n")).toThrow(PlaylistError);
  expect(() => parsePlaylist(`${HEAD}#EXTINF:nonsense,\na.m4s\n`)).toThrow(PlaylistError);
});

const DELTA = (skipped: number) => `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:10
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=60.0,PART-HOLD-BACK=3.0
#EXT-X-PART-INF:PART-TARGET=1.0
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}
#EXTINF:2.5,
video/2-4.m4s
#EXT-X-PART:DURATION=1.0,URI="video/5-5.m4s",INDEPENDENT=YES
`;

test("a delta update takes what it leaves out from the playlist before it", () => {
  const before = parsePlaylist(LIVE, 0.5);
  const playlist = parsePlaylist(DELTA(1), 0.5, before);
  expect(playlist).toMatchObject({
    init: "video/init.mp4",
    beginsAt: before.beginsAt,
    skipUntil: 60,
    end: 5.5,
  });
  expect(playlist.segments.map(({ msn, start, uri }) => ({ msn, start, uri }))).toEqual([
    { msn: 0, start: 0.5, uri: "video/0-1.m4s" },
    { msn: 1, start: 2, uri: "video/2-4.m4s" },
    { msn: 2, start: 4.5, uri: null },
  ]);
});

test("a delta update of what we do not have is no playlist", () => {
  expect(() => parsePlaylist(DELTA(1))).toThrow(PlaylistError);
  // The second segment still grew when we last looked: how long it became is not known.
  expect(() => parsePlaylist(DELTA(2), 0, parsePlaylist(LIVE))).toThrow(PlaylistError);
});

test("each segment names the init that it is decoded with, whole and in a delta update", () => {
  const change = '#EXT-X-MAP:URI="video/init-2.mp4"\n';
  const text = `${HEAD}#EXTINF:6.0,\nvideo/0-5.m4s\n${change}#EXTINF:4.0,\nvideo/6-9.m4s\n#EXT-X-PART:DURATION=1.0,URI="video/10-10.m4s",INDEPENDENT=YES\n`;
  const inits = ({ segments }: { segments: readonly { init: string }[] }) => segments.map(({ init }) => init);
  const before = parsePlaylist(text);
  expect(before.init).toBe("video/init.mp4");
  expect(inits(before)).toEqual(["video/init.mp4", "video/init-2.mp4", "video/init-2.mp4"]);

  const delta = `${HEAD.replace("init.mp4", "init-2.mp4")}#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXTINF:1.0,\nvideo/10-10.m4s\n`;
  const after = parsePlaylist(delta, 0, before);
  expect(after.init).toBe("video/init.mp4");
  expect(inits(after)).toEqual(["video/init.mp4", "video/init-2.mp4", "video/init-2.mp4"]);
});
