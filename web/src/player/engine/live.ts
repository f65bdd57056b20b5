/**
 * Where a viewer of a recording in progress should stand, and how fast to play to get there. Pure; times in seconds.
 *
 * Media arrives in parts: the newest moment that can be shown moves in steps, while playing moves evenly. The best
 * place is the one that comes closest to each step without touching it. `LivePosition` remembers how much was left at
 * each delivery of the last seconds, keeps the smallest and adds a margin, which a stall enlarges and quiet time shrinks.
 */

/** Media kept ahead at the latest delivery of the window. */
const MARGIN = 0.25;
const MAX_MARGIN = 8;
/** A stall makes the margin half as large again and adds this much. */
const STALL_ADDS = 0.25;
/** After so long without a stall, 63 % of what stalls have added is gone. */
const RECOVERY = 90;
/** Deliveries older than this are forgotten: two of the longest segments, because independent pictures are large and late. */
const WINDOW = 20;
/** Off the mark by less than this is on it; a correction goes on until half of it is left. */
const TOLERANCE = 0.08;
const FASTEST = 1.1;
const SLOWEST = 0.95;

interface Delivery {
  readonly at: number;
  /** End of what was there before, minus `at`. */
  readonly left: number;
}

export class LivePosition {
  #deliveries: Delivery[] = [];
  #end = 0;
  #at = 0;
  #margin = MARGIN;
  #rate = 1;

  /** `part`: how long a part is at most. It stands in for the next delivery before the first two were seen. */
  constructor(private readonly part: number) {}

  /** Media up to `end` is there since `now`. An `end` that is no further than before is ignored. */
  delivered(now: number, end: number): void {
    if (end <= this.#end) return;
    // So much at once ends an outage; it says nothing about how late parts usually are.
    if (end - this.#end > this.part + MAX_MARGIN) this.restart();
    const first = this.#deliveries.length === 0;
    const left = first ? end - this.part - now : this.#end - now;
    this.#deliveries = this.#deliveries.filter(({ at }) => at > now - WINDOW);
    this.#deliveries.push({ at: now, left });
    if (!first) this.#margin = MARGIN + (this.#margin - MARGIN) * Math.exp((this.#at - now) / RECOVERY);
    this.#end = end;
    this.#at = now;
  }

  /** Nobody asked for a while: what comes next is not late. */
  restart(): void {
    this.#deliveries = [];
  }

  /** Playing had to wait for media although it stood where it should. */
  stalled(): void {
    this.#margin = Math.min(MAX_MARGIN, this.#margin * 1.5 + STALL_ADDS);
  }

  /** Where a live viewer should stand at `now`; null before the first delivery. */
  position(now: number): number | null {
    if (this.#deliveries.length === 0) return null;
    const left = Math.min(...this.#deliveries.map((delivery) => delivery.left));
    return Math.max(0, Math.min(this.#end, now + left) - this.#margin);
  }

  /** How far that is behind the newest media at the moment it arrives. */
  get holdBack(): number {
    return this.#end - (this.position(this.#at) ?? this.#end);
  }

  /** The speed for somebody who follows and stands at `time`: 1 where all is well. */
  rate(now: number, time: number): number {
    const off = (this.position(now) ?? time) - time;
    if (Math.abs(off) < (this.#rate === 1 ? TOLERANCE : TOLERANCE / 2)) this.#rate = 1;
    else if (off > 0) this.#rate = Math.min(FASTEST, 1 + Math.max(2, Math.round(off * 10)) / 100);
    else this.#rate = SLOWEST;
    return this.#rate;
  }
}
