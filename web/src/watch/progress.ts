/** What is said about a transcript that is not all there. Pure. */
import type { Transcript } from "../api/types";
import { clock } from "../ui/time";
import type { Paragraph } from "./reading";

type Missing = Transcript["missing"][number];

/** A transcript that lags a recording in progress by more than this says so, in milliseconds. */
const BEHIND_THRESHOLD = 15_000;

/** How much sound waits to be transcribed, in milliseconds; 0 once the transcript has ended. */
export function behind({ state, done_ms }: Pick<Transcript, "state" | "done_ms">, length: number): number {
  return state === "waiting" || state === "running" ? Math.max(0, length - done_ms) : 0;
}

/** How far it is; `length` of the recording in milliseconds. Null once it has ended. */
export function progressText(
  transcript: Pick<Transcript, "state" | "done_ms">,
  length: number,
  recording: boolean,
): string | null {
  const { state, done_ms } = transcript;
  if (state !== "waiting" && state !== "running") return null;
  const lag = behind(transcript, length);
  if (recording && lag > BEHIND_THRESHOLD) return `Transcript is ${span(lag)} behind`;
  if (state === "waiting" && done_ms === 0) return "Waiting to be transcribed";
  return recording
    ? `Transcribed up to ${clock(done_ms)}`
    : `Transcribed up to ${clock(done_ms)} of ${clock(length)}`;
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [n, unit] = seconds < 120 ? [seconds, "second"] : [Math.round(seconds / 60), "minute"];
  return n.toLocaleString("en", { style: "unit", unit, unitDisplay: "short" });
}

export type Passage = ({ readonly kind: "words" } & Paragraph) | ({ readonly kind: "missing" } & Missing);

/** Paragraphs, and between them what could not be transcribed, each where it belongs in time. */
export function passages(paragraphs: readonly Paragraph[], missing: readonly Missing[]): Passage[] {
  const words = paragraphs.map((paragraph) => ({ kind: "words" as const, ...paragraph }));
  const holes = missing.map((stretch) => ({ kind: "missing" as const, ...stretch }));
  return [...words, ...holes].sort((a, b) => a.start_ms - b.start_ms);
}
