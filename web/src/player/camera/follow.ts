/**
 * Keeps the silent camera video in step with the picture. Pure: both clocks go in, what the camera has to do comes out.
 * Times in seconds of the recording, `now` in seconds of any monotonic clock.
 *
 * In step it is held by the speed of playing, within 3 %. After a start, a seek or a stall it is first brought there: it plays up
 * to a quarter faster where it is behind and slower where it is ahead (nobody hears it), and it seeks where it is farther off.
 */
import type { Place } from "./place";

/** Off by more than this, the camera seeks. */
export const MAX_DRIFT = 0.2;
/** In step it is corrected by at most this share of the speed … */
const NUDGE = 0.03;
/** … and before that by these, when it is behind and when it is ahead. A pause would cost the time of starting again. */
const CATCH_UP = 0.25;
const SLOW_DOWN = 0.5;
/** Nearer than this it has come into step … */
const SETTLED = 0.01;
/** … and farther away than this it has lost it. */
const LOST = 0.03;
/** Off by less than this is not corrected; where a still stands for what is missing, this much is as good. */
const TOLERANCE = 0.004;
const STILL_TOLERANCE = 0.1;
/** In step, a correction begins at this and goes on to the tolerance: clocks of players are read with so much noise. */
const NUDGE_FROM = 0.01;
/** Shares of the speed that are told apart: a new speed for every picture would cost more than it brings. */
const RATE_STEP = 0.0025;
/** Least time between two seeks while playing; doubled with every one that did not help for long, up to the other. */
const SEEK_INTERVAL = 0.5;
const MAX_SEEK_INTERVAL = 8;
/** So long in step, and the seek has helped. */
const HELPED = 4;

export interface Leader {
  /** Where the picture stands. */
  readonly time: number;
  /** Where the camera track has its picture for that; null: nowhere. */
  readonly place: Place | null;
  /** The speed it plays at. */
  readonly rate: number;
  /** It plays, and its pictures change. */
  readonly moving: boolean;
}

export interface Follower {
  /** Where it stands; during a seek, where that leads. */
  readonly time: number;
  readonly seeking: boolean;
  /** End of the media in the browser around the leader's place; null where there is none. */
  readonly reach: number | null;
}

export interface Order {
  readonly play: boolean;
  readonly rate: number;
  /** Where to seek; null: nowhere. */
  readonly seek: number | null;
}

export class Follow {
  #settled = false;
  #settledAt = 0;
  #nudging = false;
  #seekAt: number | null = null;
  /** How long the last seek took. */
  #latency = 0;
  #nextSeek = Number.NEGATIVE_INFINITY;
  #interval = SEEK_INTERVAL;

  /** Both stand within `SETTLED` of one another, or have since they did. */
  get inStep(): boolean {
    return this.#settled;
  }

  order(now: number, leader: Leader, follower: Follower): Order {
    if (this.#seekAt !== null && !follower.seeking) {
      // A seek that had to wait for the network says nothing about the next one.
      this.#latency = Math.min(0.5, now - this.#seekAt);
      this.#seekAt = null;
    }
    const moves = leader.moving && !leader.place?.still;
    return moves ? this.#moving(now, leader, follower) : this.#standing(leader, follower);
  }

  /** While the leader stands, the camera shows the same instant. */
  #standing({ place, rate }: Leader, follower: Follower): Order {
    const off = place === null ? 0 : place.time - follower.time;
    this.#settled = Math.abs(off) < SETTLED;
    this.#nextSeek = Number.NEGATIVE_INFINITY;
    this.#interval = SEEK_INTERVAL;
    const tolerance = place?.still ? STILL_TOLERANCE : TOLERANCE;
    return { play: false, rate, seek: place && Math.abs(off) > tolerance ? place.time : null };
  }

  #moving(now: number, { time, rate }: Leader, follower: Follower): Order {
    const off = time - follower.time;
    if (follower.seeking) return { play: true, rate, seek: null };
    // Nothing to show there: what is before it is played to its end, and stays.
    if (follower.reach === null) return { play: off > 0, rate, seek: null };
    if (Math.abs(off) > MAX_DRIFT) {
      this.#settled = false;
      if (now < this.#nextSeek) return { play: off > 0, rate: rate * (1 + CATCH_UP), seek: null };
      this.#nextSeek = now + this.#interval;
      this.#interval = Math.min(MAX_SEEK_INTERVAL, this.#interval * 2);
      this.#seekAt = now;
      const ahead = time + this.#latency * rate;
      return { play: true, rate, seek: ahead < follower.reach ? ahead : time };
    }
    if (Math.abs(off) < SETTLED) {
      if (!this.#settled) this.#settledAt = now;
      this.#settled = true;
      if (now - this.#settledAt > HELPED) this.#interval = SEEK_INTERVAL;
    } else if (Math.abs(off) > LOST) this.#settled = false;
    if (this.#settled) {
      this.#nudging = Math.abs(off) > (this.#nudging ? TOLERANCE : NUDGE_FROM * Math.max(1, rate));
      return { play: true, rate: this.#nudging ? rate * nudge(off, NUDGE) : rate, seek: null };
    }
    this.#nudging = true;
    const limit = off < 0 ? SLOW_DOWN : CATCH_UP;
    return { play: true, rate: rate * nudge(off * 2, limit), seek: null };
  }
}

/** The share of the speed that makes up for `off` in about half a second, at most `limit` away from 1. */
function nudge(off: number, limit: number): number {
  const by = Math.min(limit, Math.max(-limit, 2 * off));
  return 1 + Math.round(by / RATE_STEP) * RATE_STEP;
}

/** A camera that has no picture for a place shows its last one for so long; then it is hidden. */
const KEEP_LAST = 2;

export interface Presence {
  /** The track has a picture for where the leader stands. */
  readonly covered: boolean;
  /** There is a decoded picture. */
  readonly picture: boolean;
  /** Where the leader last stood at a place with a picture; null: nowhere yet. */
  readonly last: number | null;
  /** Where it stands now. */
  readonly time: number;
}

/** Whether the camera is shown: with its picture, or for a moment with its last one. */
export function present({ covered, picture, last, time }: Presence): boolean {
  if (!picture) return false;
  return covered || (last !== null && time >= last && time - last < KEEP_LAST);
}
