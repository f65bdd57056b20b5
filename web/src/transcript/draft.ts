/** A paragraph of the transcript that its owner corrects. Pure. */
import type { Word } from "../api/types";
import { line } from "../watch/words";

export interface Draft {
  /** Number of the first word. */
  readonly first: number;
  readonly count: number;
  /** Of the transcript when it was begun. */
  readonly version: number;
  /** How the words read then. */
  readonly seen: string;
  /** What stands in the field. */
  text: string;
}

export function begin(words: readonly Word[], version: number): Draft {
  const seen = line(words);
  return { first: words[0]?.n ?? 0, count: words.length, version, seen, text: seen };
}

/** Whether the words that are corrected are as they were when that was begun. */
export function unchanged(draft: Draft, words: readonly Word[]): boolean {
  const held = words.filter(({ n }) => n >= draft.first && n < draft.first + draft.count);
  return held.length === draft.count && line(held) === draft.seen;
}

/** Whether a paragraph that begins with word number `first` holds the beginning of the draft. */
export const holds = (draft: Draft, first: number, count: number) =>
  draft.first >= first && draft.first < first + count;
