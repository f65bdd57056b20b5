/** Words of a transcript: finding the one that is spoken, searching, putting them in paragraphs. Pure. */
import type { Word } from "../api/types";

/** Adds words that came in; a word that comes again replaces its older self. Sorted by number. */
export function mergeWords(held: readonly Word[], incoming: readonly Word[]): Word[] {
  const last = held.at(-1)?.n ?? -1;
  if (incoming.every((word, i) => word.n > (incoming[i - 1]?.n ?? last))) return [...held, ...incoming];
  const byNumber = new Map(held.map((word) => [word.n, word]));
  for (const word of incoming) byNumber.set(word.n, word);
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

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
  return words
    .slice(from, from + count)
    .map((word) => word.text.trim())
    .join(" ");
}

export interface Paragraph {
  readonly start_ms: number;
  /** Index of the first word. */
  readonly first: number;
  readonly words: readonly Word[];
}

/** Longest paragraph, in words: one without a pause is broken all the same, so that the page stays readable. */
const LONGEST = 80;

export function paragraphs(words: readonly Word[]): Paragraph[] {
  const out: { start_ms: number; first: number; words: Word[] }[] = [];
  words.forEach((word, i) => {
    const current = out.at(-1);
    if (!current || word.gap || current.words.length >= LONGEST)
      out.push({ start_ms: word.start_ms, first: i, words: [word] });
    else current.words.push(word);
  });
  return out;
}

/** Letters and digits without case and accents. */
const plain = (text: string) =>
  text
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

/** Scripts that put no blanks between words: there a search looks for letters, wherever a piece begins. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Where `query` is spoken: ranges of word indices, both ends included. The query's words must follow one another;
 * the last one may be a beginning ("rec" finds "recorder"), because people search while they type.
 */
export function search(words: readonly Word[], query: string): [number, number][] {
  const wanted = query
    .split(/\s+/)
    .map(plain)
    .filter((word) => word !== "");
  if (wanted.length === 0) return [];
  const said = words.map((word) => plain(word.text));
  if (UNSPACED.test(query)) return searchLetters(said, wanted.join(""));
  const found: [number, number][] = [];
  for (let i = 0; i + wanted.length <= said.length; i += 1) {
    const hit = wanted.every((word, k) => {
      const here = said[i + k] ?? "";
      return k === wanted.length - 1 ? here.startsWith(word) : here === word;
    });
    if (hit) found.push([i, i + wanted.length - 1]);
  }
  return found;
}

function searchLetters(said: readonly string[], wanted: string): [number, number][] {
  const all = said.join("");
  const pieceOf = said.flatMap((piece, i) => Array.from({ length: piece.length }, () => i));
  const found: [number, number][] = [];
  for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + wanted.length)) {
    found.push([pieceOf[at] ?? 0, pieceOf[at + wanted.length - 1] ?? 0]);
  }
  return found;
}

/** Longest quotation of a transcript, in letters. */
const QUOTED = 280;

/** The words from `first` to `last` (both included) as they are quoted in a comment, and when they are said. */
export function quotation(
  words: readonly Word[],
  first: number,
  last: number,
): { said: string; from: number; to: number } {
  const spoken = words.slice(first, last + 1);
  const said = spoken.map((word) => word.text.trim()).join(" ");
  return {
    said: said.length > QUOTED ? `${said.slice(0, QUOTED).trimEnd()}…` : said,
    from: spoken[0]?.start_ms ?? 0,
    to: spoken.at(-1)?.end_ms ?? 0,
  };
}
