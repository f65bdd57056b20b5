/** Who is heard when, beside the words: cut and called as in the files of the server. Pure. */
import type { Turn, Word } from "../api/types";
import type { Paragraph } from "../watch/reading";

type Source = Turn["source"];

/** A turn is told where a fifth of a second was heard, and words begin earlier; in milliseconds. */
const BEFORE = 200;

const LABELS: Record<Source, string> = {
  microphone: "Microphone",
  system: "System sound",
  both: "Microphone and system sound",
};

/** What is heard when a word is said: at its middle, by binary search. Undefined before the first turn. */
export function sourceOf(turns: readonly Turn[], { start_ms, end_ms }: Word): Source | undefined {
  const at = Math.floor((start_ms + end_ms) / 2) + BEFORE;
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle]?.at_ms ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return turns[low - 1]?.source;
}

/** The same words, with a pause before each that another source says: a paragraph is of one. */
export function parted(words: readonly Word[], turns: readonly Turn[]): readonly Word[] {
  let before: Source | undefined;
  return words.map((word) => {
    const source = sourceOf(turns, word);
    const gap = word.gap || source !== before;
    before = source;
    return gap === word.gap ? word : { ...word, gap };
  });
}

/** Who is heard in a paragraph, where that is another one than in the paragraph before; by the index of its first word. */
export function speakers(paragraphs: readonly Paragraph[], turns: readonly Turn[]): Map<number, string> {
  const found = new Map<number, string>();
  let before: Source | undefined;
  for (const { first, words } of paragraphs) {
    const source = words[0] && sourceOf(turns, words[0]);
    if (source && source !== before) found.set(first, LABELS[source]);
    before = source;
  }
  return found;
}
