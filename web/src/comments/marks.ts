/** Marks on the timeline: one per thread, joined where they would overlap. Pure. */

export interface Mark {
  readonly id: string;
  readonly at_ms: number;
  readonly name: string;
  /** Of the author's account; a guest has none. */
  readonly author?: string | null;
}

export interface Cluster {
  /** Where it stands, 0 to 1 of the timeline's length. */
  readonly place: number;
  readonly marks: readonly Mark[];
}

/** Clusters that fill more than this share of the timeline are joined more coarsely: a full row says nothing. */
const MAX_SHARE = 0.5;
/** How much wider their distance then is. */
const COARSE_FACTOR = 3;

/** `cluster`, with a distance that grows where the marks would stand shoulder to shoulder. */
export function clusters(marks: readonly Mark[], length_ms: number, width: number, gap: number): Cluster[] {
  const fine = cluster(marks, length_ms, width, gap);
  return fine.length * gap > width * MAX_SHARE ? cluster(marks, length_ms, width, gap * COARSE_FACTOR) : fine;
}

/**
 * Joins marks whose middles would lie closer than `gap` pixels on a timeline of `width` pixels that stands for
 * `length_ms`. A cluster stands at its first mark, because that is where a click leads.
 */
export function cluster(marks: readonly Mark[], length_ms: number, width: number, gap: number): Cluster[] {
  if (length_ms <= 0 || width <= 0) return [];
  const out: { place: number; marks: Mark[] }[] = [];
  for (const mark of [...marks].sort((a, b) => a.at_ms - b.at_ms)) {
    const place = Math.min(1, Math.max(0, mark.at_ms / length_ms));
    const last = out.at(-1);
    if (last && (place - last.place) * width < gap) last.marks.push(mark);
    else out.push({ place, marks: [mark] });
  }
  return out;
}
