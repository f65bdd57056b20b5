/** Where nobody speaks. Pure. */
import type { Word } from "../api/types";
import { wordAt } from "./words";

/** A pause of less is part of the speech, in milliseconds. */
const LEAST = 1500;
/** After the last word something may still be shown. */
const LINGER = 500;
/** So much before the next word playing goes on. */
const LEAD = 300;

/** Where playing goes on, if nobody speaks at `ms` for a while; null where somebody does. In milliseconds. */
export function silenceEnd(words: readonly Word[], ms: number): number | null {
  const at = wordAt(words, ms);
  const next = words[at + 1];
  // Behind the last word there is no end of the silence.
  if (!next) return null;
  const from = at < 0 ? 0 : (words[at]?.end_ms ?? 0) + LINGER;
  const to = next.start_ms - LEAD;
  return ms >= from && to - from >= LEAST && to - ms > LEAD ? to : null;
}
