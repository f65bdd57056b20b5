// How long after stop a message is whole for somebody who has it open in Chromium: the last picture in the player's
// buffer, and the last word of the transcript. Short takes and long ones should not differ.
//   SHORT_TAKES=20 LONG_TAKES=20 for the full form; LONG_SECONDS=300.
// Long takes overlap: one begins every LONG_EVERY seconds, so others are recorded, uploaded and transcribed while one of
// them is measured. Each costs some 0.4 cores here, and Chromium, which plays without a GPU, one: more than two at a
// time on two cores, and transcription falls behind, as it would on any server that is too small.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { spoken, type Take } from "../support/house";
import { test } from "../support/test";

const count = (name: string, short: number) => Number(process.env[name] ?? short);
const LONG_SECONDS = count("LONG_SECONDS", 300);
const LONG_EVERY = count("LONG_EVERY", 120);
const KINDS = [
  { name: "10 s", seconds: 10, every: 0, takes: count("SHORT_TAKES", 5) },
  { name: `${LONG_SECONDS} s`, seconds: LONG_SECONDS, every: LONG_EVERY, takes: count("LONG_TAKES", 1) },
];
/** Seconds. A picture and a half: when the buffer reaches so close to the end, the last picture is in it. */
const LAST_PICTURE = 0.05;

test("stop to watchable, stop to last word", async ({ page, house, owner }, info) => {
  for (const { name, seconds, every, takes } of KINDS.filter((kind) => kind.takes > 0)) {
    const wav = info.outputPath(`speech-${seconds}.wav`);
    const files = ["hello", "screen", "bug", "review", "numbers"].map((file) => spoken(`${file}.wav`));
    const repeats = Array.from({ length: Math.ceil(seconds / 30) }, () => files).flat();
    execFileSync("mkdir", ["-p", path.dirname(wav)]);
    execFileSync("sox", [...repeats, wav, "trim", "0", String(seconds)]);
    const args = ["--screen", "synthetic", "--mic", `file:${wav}`, "--duration", String(seconds)];
    const start = () => house.computer(owner).record(args);
    const began = Date.now();
    const running: Promise<Take>[] = [];
    /** What should have begun by now. */
    const keepUp = () => {
      const due = every > 0 ? Math.floor((Date.now() - began) / 1000 / every) + 1 : 0;
      while (running.length < Math.min(takes, due)) running.push(start());
    };
    const clock = setInterval(keepUp, 500);
    const watchable: number[] = [];
    const lastWord: number[] = [];
    for (let n = 0; n < takes; n++) {
      keepUp();
      const take = await (every > 0 ? running[n] : start());
      if (!take) throw new Error("takes begin faster than they end");
      await page.goto(take.url);
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
      const stopped = await end(take);
      const stop = Number(stopped.requested_unix_us) / 1000;
      const length = Number(stopped.duration_ms) / 1000;
      const at = await page.waitForFunction(
        (until) => (window as unknown as { edges: [number, number][] }).edges.find(([, end]) => end >= until)?.[0],
        length - LAST_PICTURE,
        { timeout: 60_000, polling: 50 },
      );
      watchable.push(Number(await at.jsonValue()) - stop);
      for (;;) {
        const answer = await page.request.get(`${house.url}/api/watch/${take.slug}/transcript`);
        const { state } = (await answer.json()) as { state: string };
        if (state === "done") break;
        if (state !== "waiting" && state !== "running") throw new Error(`the transcript ended as ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      lastWord.push(Date.now() - stop);
      await take.finished();
      console.log(`${name}, ${n + 1} of ${takes}: watchable after ${watchable.at(-1)} ms, last word after ${lastWord.at(-1)} ms`);
    }
    clearInterval(clock);
    console.log(`\nstop → last frame watchable, ${name.padEnd(6)} ${summary(watchable)}   (wanted: p95 ≤ 500 ms)`);
    console.log(`stop → transcript done,      ${name.padEnd(6)} ${summary(lastWord)}   (wanted: ≤ 5000 ms)`);
  }
});

/** Waits as long as the take says anything. */
async function end(take: Take): Promise<Record<string, unknown>> {
  for (;;) {
    const said = JSON.parse(await take.program.line("anything", (line) => line)) as Record<string, unknown>;
    if (said.event === "stopped") return said;
  }
}

function summary(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms, n = ${sorted.length}`;
}
