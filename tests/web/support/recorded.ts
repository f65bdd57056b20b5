// What a finished recording holds, as FFmpeg decodes it: which picture stands where, in each of its tracks. What a page shows is
// compared with that, and not with what a recorder on a busy machine should have made.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readCounter } from "./counter";

const run = promisify(execFile);

/** A picture that was recorded: from when on it stands, in seconds, and its counter. */
export interface Standing {
  at: number;
  counter: number;
}

/** The pictures of a track, in their order. `link`: the page of the recording. */
export async function recorded(link: string, slug: string, track: "video" | "camera" = "video"): Promise<Standing[]> {
  const watch = new URL(`/api/watch/${slug}`, link);
  const { playback } = await (await fetch(watch)).json();
  const list = new URL(`${track}.m3u8`, new URL(playback.url, watch)).href;
  const probe = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height:frame=best_effort_timestamp_time", "-of", "json", list];
  const { streams, frames } = JSON.parse((await run("ffprobe", probe, { maxBuffer: 1 << 26 })).stdout);
  const { width, height } = streams[0] as { width: number; height: number };
  // One row of pixels through the middle of the counter's blocks; rows and places of chroma are even.
  const row = track === "video" ? 12 : 2 * Math.floor(height / 4);
  const filter = ["-vf", `crop=${width}:2:0:${row}`, "-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  const { stdout } = await run("ffmpeg", ["-v", "error", "-i", list, "-map", "0:v:0", ...filter], { encoding: "buffer", maxBuffer: 1 << 28 });
  const side = track === "video" ? 24 : Math.min(width, height) / 20;
  const left = track === "video" ? 0 : (width - side * 19) / 2;
  return (frames as { best_effort_timestamp_time: string }[]).map((frame, n) => {
    const level = (block: number) => stdout[n * width * 2 + Math.floor(left + (block + 0.5) * side)] ?? 0;
    const counter = readCounter(Array.from({ length: 19 }, (_, block) => level(block)));
    if (counter === null) throw new Error(`picture ${n} of ${track} has no counter that can be read`);
    return { at: Number(frame.best_effort_timestamp_time), counter };
  });
}

/** The counters that may stand at a moment: a browser rounds it, so both of two pictures that meet there. */
export function standing(pictures: readonly Standing[], at: number): number[] {
  const rounding = 0.002;
  return pictures.filter((picture, n) => picture.at <= at + rounding && (pictures[n + 1]?.at ?? Number.POSITIVE_INFINITY) > at - rounding).map(({ counter }) => counter);
}
