/** Reactions to moments: the six signs, and which stand together on the timeline. Pure. */
import type { MomentReaction } from "../api/types";

export type Kind = MomentReaction["kind"];

/** In the order in which they are offered. */
export const SIGNS: readonly { readonly kind: Kind; readonly emoji: string; readonly name: string }[] = [
  { kind: "like", emoji: "👍", name: "Thumbs up" },
  { kind: "love", emoji: "❤️", name: "Heart" },
  { kind: "laugh", emoji: "😂", name: "Laughing" },
  { kind: "wow", emoji: "😮", name: "Surprised" },
  { kind: "clap", emoji: "👏", name: "Clapping" },
  { kind: "question", emoji: "❓", name: "Question" },
];

export const emojiOf = (kind: Kind): string => SIGNS.find((it) => it.kind === kind)?.emoji ?? "";

export interface Heap {
  readonly at_ms: number;
  /** 0 to 1 of the timeline's length. */
  readonly place: number;
  readonly reactions: readonly MomentReaction[];
  /** The kinds, most frequent first, each with its number. */
  readonly kinds: readonly (readonly [Kind, number])[];
}

/** Reactions whose middles would lie closer than `gap` pixels on a timeline of `width` pixels stand together. */
export function heaps(all: readonly MomentReaction[], length_ms: number, width: number, gap: number): Heap[] {
  if (length_ms <= 0 || width <= 0) return [];
  const out: { at_ms: number; place: number; reactions: MomentReaction[] }[] = [];
  for (const reaction of [...all].sort((a, b) => a.at_ms - b.at_ms)) {
    const place = Math.min(1, reaction.at_ms / length_ms);
    const last = out.at(-1);
    if (last && (place - last.place) * width < gap) last.reactions.push(reaction);
    else out.push({ at_ms: reaction.at_ms, place, reactions: [reaction] });
  }
  return out.map((heap) => ({ ...heap, kinds: counted(heap.reactions) }));
}

function counted(all: readonly MomentReaction[]): (readonly [Kind, number])[] {
  const counts = new Map<Kind, number>();
  for (const { kind } of all) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
