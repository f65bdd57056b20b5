// How long after stop a message is whole for somebody who has it open in Chromium: the last picture in the player's
// buffer, and the last word of the transcript. Short recordings and long ones should not differ.
//   SHORT_TAKES=20 LONG_TAKES=20 for the full form; LONG_SECONDS=300.
// Long recordings overlap: one begins every LONG_EVERY seconds, so others are recorded, uploaded and transcribed while one of
// them is measured. Each costs some 0.4 cores here, and Chromium, which plays without a GPU, one: more than two at a
// time on two cores, and transcription falls behind, as it would on any server that is too small.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { spoken, type Recording } from "../support/test-server";
import { test } from "../support/test";

const count = (name: string, short: number) => Number(process.env[name] ?? short);
const LONG_SECONDS = count("LONG_SECONDS", 300);
const LONG_EVERY = count("LONG_EVERY", 120);
const KINDS = [
  { name: "10 s", seconds: 10, every: 0, recordings: count("SHORT_TAKES", 5) },
  { name: `${LONG_SECONDS} s`, seconds: LONG_SECONDS, every: LONG_EVERY, recordings: count("LONG_TAKES", 1) },
];
/** Seconds. A picture and a half: when the buffer reaches so close to the end, the last picture is in it. */
const LAST_PICTURE = 0.05;

test("stop to watchable, stop to last word", async ({ page, server, owner }, info) => {
  for (const { name, seconds, every, recordings } of KINDS.filter((kind) => kind.recordings > 0)) {
    const wav = info.outputPath(`speech-${seconds}.wav`);
    const files = ["hello", "screen", "bug", "review", "numbers"].map((file) => spoken(`${file}.wav`));
    const repeats = Array.from({ length: Math.ceil(seconds / 30) }, () => files).flat();
    execFileSync("mkdir", ["-p", path.dirname(wav)]);
    execFileSync("sox", [...repeats, wav, "trim", "0", String(seconds)]);
    const args = ["--screen", "synthetic", "--mic", `file:${wav}`, "--duration", String(seconds)];
    const start = () => server.recorder(owner).record(args);
    const began = Date.now();
    const running: Promise<Recording>[] = [];
    /** What should have begun by now. */
    const keepUp = () => {
      const due = every > 0 ? Math.floor((Date.now() - began) / 1000 / every) + 1 : 0;
      while (running.length < Math.min(recordings, due)) running.push(start());
    };
    const clock = setInterval(keepUp, 500);
    const watchable: number[] = [];
    const lastWord: number[] = [];
    for (let n = 0; n < recordings; n++) {
      keepUp();
      const recording = await (every > 0 ? running[n] : start());
      if (!recording) throw new Error("recordings begin faster than they end");
      await page.goto(recording.url);
      const video = page.locator("video");
      await video.evaluate((v: HTMLVideoElement) => {
        v.muted = true;
        void v.play();
        const edges: [number, number][] = [];
        Object.assign(window, { edges });
        // When which end of the buffer was first seen, on the wall clock.
        setInterval(() => {
          const end = v.buffered.length > 0 ? v.buffered.end(v.buffered.length - 1) : 0;
          if (end > (edges.at(-1)?.[1] ?? 0)) edges.push([Date.now(), end]);
        }, 4);
      });
      // Who comes late begins at the beginning; here somebody watches who is up to date.
      await page.waitForFunction(() => (document.querySelector("video")?.seekable.length ?? 0) > 0);
      await video.evaluate((v: HTMLVideoElement) => {
        const end = v.seekable.end(v.seekable.length - 1);
        if (end > 5) v.currentTime = end - 3;
      });
      const stopped = await end(recording);
      const stop = Number(stopped.requested_unix_us) / 1000;
      const length = Number(stopped.duration_ms) / 1000;
      const at = await page.waitForFunction(
        (until) => (window as unknown as { edges: [number, number][] }).edges.find(([, end]) => end >= until)?.[0],
        length - LAST_PICTURE,
        { timeout: 60_000, polling: 50 },
      );
      watchable.push(Number(await at.jsonValue()) - stop);
      for (;;) {
        const answer = await page.request.get(`${server.url}/api/watch/${recording.slug}/transcript`);
        const { state } = (await answer.json()) as { state: string };
        if (state === "done") break;
        if (state !== "waiting" && state !== "running") throw new Error(`the transcript ended as ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      lastWord.push(Date.now() - stop);
      await recording.finished();
      console.log(`${name}, ${n + 1} of ${recordings}: watchable after ${watchable.at(-1)} ms, last word after ${lastWord.at(-1)} ms`);
    }
    clearInterval(clock);
    console.log(`\nstop → last frame watchable, ${name.padEnd(6)} ${summary(watchable)}   (wanted: p95 ≤ 500 ms)`);
    console.log(`stop → transcript done,      ${name.padEnd(6)} ${summary(lastWord)}   (wanted: ≤ 5000 ms)`);
  }
});

/** Waits as long as the recording says anything. */
async function end(recording: Recording): Promise<Record<string, unknown>> {
  for (;;) {
    const said = JSON.parse(await recording.program.line("anything", (line) => line)) as Record<string, unknown>;
    if (said.event === "stopped") return said;
  }
}

function summary(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms, n = ${sorted.length}`;
}
