/** Hits as they are shown. Pure. */
import type { SearchItem } from "./requests";

/** What kind of line a hit is, in words. */
export const KINDS: Record<SearchItem["kind"], string> = {
  title: "Title",
  chapter: "Chapter",
  tag: "Tag",
  name: "Recorded by",
  comment: "Comment",
  speech: "Said",
  screen: "On the screen",
};

export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** A line in pieces, of which those that fit are marked. Ranges are UTF-16 code units, in order and apart; others are passed over. */
export function pieces(
  text: string,
  marks: readonly { readonly start: number; readonly end: number }[],
): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const { start, end } of marks) {
    if (start < at || end <= start || end > text.length) continue;
    if (start > at) out.push({ text: text.slice(at, start), marked: false });
    out.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length) out.push({ text: text.slice(at), marked: false });
  return out;
}

/** Where a hit leads: the page of its recording, at its second, with its comment. */
export function href({
  recording,
  at_ms,
  comment_id,
}: Pick<SearchItem, "recording" | "at_ms" | "comment_id">): string {
  const params = new URLSearchParams();
  const seconds = at_ms === null ? 0 : Math.floor(at_ms / 1000);
  if (seconds > 0) params.set("t", String(seconds));
  if (comment_id !== null) params.set("c", comment_id);
  return `/w/${recording.slug}${params.size > 0 ? `?${params}` : ""}`;
}

/** What tells hits of a list apart. */
export const key = ({ recording, kind, at_ms, comment_id, text }: SearchItem): string =>
  JSON.stringify([recording.id, kind, at_ms, comment_id, text]);

/** These and those behind them, each once: pages are made one after the other, and what was written meanwhile moves hits to the next one. */
export function joined(items: readonly SearchItem[], more: readonly SearchItem[]): SearchItem[] {
  const all = new Map<string, SearchItem>();
  for (const item of [...items, ...more]) if (!all.has(key(item))) all.set(key(item), item);
  return [...all.values()];
}
