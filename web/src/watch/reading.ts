/** Words of a transcript as they are read: in paragraphs, searched, quoted. Pure. */
import type { Word } from "../api/types";

export interface Paragraph {
  readonly start_ms: number;
  /** Index of the first word. */
  readonly first: number;
  readonly words: readonly Word[];
}

/** Longest paragraph, in words: one without a pause is broken all the same, so that the page stays readable. */
const MAX_PARAGRAPH = 80;

export function paragraphs(words: readonly Word[]): Paragraph[] {
  const out: { start_ms: number; first: number; words: Word[] }[] = [];
  words.forEach((word, i) => {
    const current = out.at(-1);
    if (!current || word.gap || current.words.length >= MAX_PARAGRAPH)
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
    const alone = !words[i]?.joined && !words[i + 1]?.joined;
    if (hit && alone) found.push([i, i + wanted.length - 1]);
  }
  return [...found, ...inJoined(words, said, wanted.join(""))].sort(([a], [b]) => a - b);
}

/** Where `wanted` stands in runs of words that are joined without blanks: there it may begin and end anywhere. */
function inJoined(words: readonly Word[], said: readonly string[], wanted: string): [number, number][] {
  const found: [number, number][] = [];
  for (let first = 0; first < words.length; ) {
    let next = first + 1;
    while (words[next]?.joined) next += 1;
    if (next - first > 1) {
      // The word that each character of the run belongs to.
      const owner = said
        .slice(first, next)
        .flatMap((text, i) => Array.from({ length: text.length }, () => first + i));
      const run = said.slice(first, next).join("");
      for (let at = run.indexOf(wanted); at >= 0; at = run.indexOf(wanted, at + wanted.length)) {
        found.push([owner[at] ?? first, owner[at + wanted.length - 1] ?? first]);
      }
    }
    first = next;
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
const MAX_QUOTATION = 280;

/** The words from `first` to `last` (both included) as they are quoted in a comment, and when they are said. */
export function quotation(
  words: readonly Word[],
  first: number,
  last: number,
): { said: string; from: number; to: number } {
  const spoken = words.slice(first, last + 1);
  const said = spoken.map((word) => word.text.trim()).join(" ");
  return {
    said: said.length > MAX_QUOTATION ? `${said.slice(0, MAX_QUOTATION).trimEnd()}…` : said,
    from: spoken[0]?.start_ms ?? 0,
    to: spoken.at(-1)?.end_ms ?? 0,
  };
}
