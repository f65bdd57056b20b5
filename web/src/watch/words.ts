/** Words of a transcript: finding the one that is spoken, and those around it. Pure. */
import type { Transcript, Word } from "../api/types";

/** Puts `incoming` in the place of the words from number `from` on, of which there may have been more or fewer. */
export function replaceWords(held: readonly Word[], from: number, incoming: readonly Word[]): Word[] {
  const kept = held.findIndex((word) => word.n >= from);
  return [...(kept < 0 ? held : held.slice(0, kept)), ...incoming];
}

/** The version of words in this state; null while a worker is at them, whose changes are not counted. */
export const settledVersion = (state: Transcript["state"], version: number) =>
  state === "waiting" || state === "running" ? null : version;

/** Words as one line: with blanks between them, but where their script has none. */
export const line = (words: readonly Word[]) =>
  words.map((word, i) => (i === 0 || word.joined ? "" : " ") + word.text.trim()).join("");

/** Index of the word that is or was last spoken at `ms`, by binary search; -1 before the first. */
export function wordAt(words: readonly Word[], ms: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.start_ms ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The words around `ms`, at most `count`, as one line; empty where nobody speaks within two seconds. */
export function wordsAround(words: readonly Word[], ms: number, count: number): string {
  const at = wordAt(words, ms);
  const nearest = words[Math.max(0, at)];
  if (!nearest || ms < nearest.start_ms - 2000 || ms > nearest.end_ms + 2000) return "";
  const from = Math.max(0, at - Math.floor(count / 2));
  return line(words.slice(from, from + count));
}
