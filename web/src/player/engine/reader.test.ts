import { expect, test } from "vitest";
import { PlaylistReader } from "./reader";

const head = (more = "") => `#EXTM3U
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=60.0,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.512
#EXT-X-MEDIA-SEQUENCE:1
${more}`;
const WHOLE = `${head('#EXT-X-MAP:URI="audio/init.mp4"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.020Z\n')}#EXTINF:6.0,
audio/0-11.m4s
#EXT-X-PART:DURATION=0.5,URI="audio/12-12.m4s",INDEPENDENT=YES
`;
const DELTA = `${head("#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n")}#EXT-X-PART:DURATION=0.5,URI="audio/12-12.m4s"
#EXT-X-PART:DURATION=0.5,URI="audio/13-13.m4s"
`;
const STRANGE = `${head("#EXT-X-SKIP:SKIPPED-SEGMENTS=9\n")}`;

/** A reader on a server that gives `answers` one after the other, and what it was asked. */
function reader(answers: string[]) {
  const asked: string[] = [];
  const clock = { now: 100 };
  const transport = {
    async get<T>(path: string, _: AbortSignal, read: (answer: Response) => Promise<T>): Promise<T> {
      asked.push(path);
      return read(new Response(answers.shift()));
    },
  };
  const startedAt = Date.UTC(2026, 0, 1);
  return {
    asked,
    clock,
    reader: new PlaylistReader("audio", { transport, startedAt, now: () => clock.now }),
  };
}

const signal = new AbortController().signal;

test("after the whole playlist only what is new is asked for, and the parts' times go on", async () => {
  const { asked, reader: it } = reader([WHOLE, DELTA, DELTA]);
  expect((await it.read(signal)).end).toBeCloseTo(6.52);
  expect((await it.read(signal, true)).end).toBeCloseTo(7.02);
  await it.read(signal);
  expect(asked).toEqual([
    "audio.m3u8",
    "audio.m3u8?_HLS_msn=2&_HLS_part=1&_HLS_skip=YES",
    "audio.m3u8?_HLS_msn=2&_HLS_part=0&_HLS_skip=YES",
  ]);
});

test("who was away for long asks for the whole playlist again", async () => {
  const { asked, clock, reader: it } = reader([WHOLE, WHOLE]);
  await it.read(signal);
  clock.now += 31;
  expect((await it.read(signal, true)).end).toBeCloseTo(6.52);
  expect(asked[1]).toBe("audio.m3u8?_HLS_msn=2&_HLS_part=1");
});

test("a delta update that does not fit is answered by reading the whole", async () => {
  const { asked, reader: it } = reader([WHOLE, STRANGE, WHOLE]);
  await it.read(signal);
  expect((await it.read(signal, true)).segments).toHaveLength(2);
  expect(asked[2]).toBe("audio.m3u8");
});
