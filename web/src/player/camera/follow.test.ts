import { describe, expect, it } from "vitest";
import { Follow, type Follower, type Leader, present } from "./follow";

const FRAME = 1 / 30;

/** Two players with clocks of their own, of which the second obeys `Follow`; `step` is one picture of the screen. */
class Pair {
  readonly follow = new Follow();
  now = 0;
  leader = { time: 0, rate: 1, moving: true };
  camera = { time: 0, rate: 1, playing: false };
  /** Until when the camera decodes after a seek, and after it was told to play. */
  seekingUntil = 0;
  startsAt = 0;
  reach: number | null = 1000;
  seeks = 0;
  rates: number[] = [];

  constructor(
    readonly latency: { readonly seek: number; readonly start: number },
    /** The camera's clock against the leader's. */
    readonly skew = 1,
  ) {}

  step(dt = 1 / 60): void {
    this.now += dt;
    if (this.leader.moving) this.leader.time += this.leader.rate * dt;
    const { camera } = this;
    if (camera.playing && this.now >= this.seekingUntil && this.now >= this.startsAt)
      camera.time += camera.rate * this.skew * dt;
    const order = this.follow.order(this.now, this.asLeader(), this.asFollower());
    if (order.seek !== null) {
      this.seeks += 1;
      camera.time = order.seek;
      this.seekingUntil = this.now + this.latency.seek;
    }
    if (order.play && !camera.playing) this.startsAt = this.now + this.latency.start;
    camera.playing = order.play;
    camera.rate = order.rate;
    if (order.play) this.rates.push(order.rate / this.leader.rate);
  }

  run(seconds: number): void {
    for (const end = this.now + seconds; this.now < end; ) this.step();
  }

  get off(): number {
    return Math.abs(this.leader.time - this.camera.time);
  }

  private asLeader(): Leader {
    const { time, rate, moving } = this.leader;
    return { time, place: { time, still: false }, rate, moving };
  }

  private asFollower(): Follower {
    return { time: this.camera.time, seeking: this.now < this.seekingUntil, reach: this.reach };
  }
}

describe("the camera follows the picture", () => {
  for (const rate of [0.5, 1, 1.5, 2]) {
    it(`comes into step within a second and a half after a start and stays there, at ${rate}×`, () => {
      const pair = new Pair({ seek: 0.12, start: 0.09 }, 1.0005);
      pair.leader.rate = rate;
      pair.run(1.5);
      let worst = 0;
      pair.rates = [];
      for (let n = 0; n < 60 * 30; n += 1) {
        pair.step();
        worst = Math.max(worst, pair.off);
      }
      expect(worst).toBeLessThan(FRAME);
      expect(pair.seeks).toBe(0);
      for (const share of pair.rates) expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.0301);
    });
  }

  it("comes into step after seeks while playing, whether the camera is quicker or slower to seek", () => {
    for (const seek of [0.02, 0.1, 0.3]) {
      const pair = new Pair({ seek, start: 0.03 });
      pair.run(2);
      for (const to of [40, 12, 300, 299]) {
        pair.leader.time = to;
        pair.leader.moving = false;
        pair.step();
        pair.leader.moving = true;
        pair.run(2.5);
        expect(pair.off, `a seek to ${to} that takes ${seek} s`).toBeLessThan(FRAME);
      }
    }
  });

  it("stands at the very same instant while the picture stands", () => {
    const pair = new Pair({ seek: 0.1, start: 0.05 });
    pair.leader.moving = false;
    for (const to of [3.21, 3.25, 200]) {
      pair.leader.time = to;
      pair.run(0.3);
      expect(pair.camera).toMatchObject({ time: to, playing: false });
    }
    expect(pair.seeks, "and is told once").toBe(3);
  });

  it("is slowed where it is ahead and never jumps back for a little", () => {
    const pair = new Pair({ seek: 0.1, start: 0 });
    pair.camera.time = 0.15;
    pair.run(0.1);
    expect(pair.camera.playing).toBe(true);
    expect(pair.camera.rate).toBeLessThan(0.75);
    pair.run(1);
    expect(pair.off).toBeLessThan(FRAME);
    expect(pair.seeks).toBe(0);
  });

  it("keeps its last picture where nothing has arrived, and goes on from there", () => {
    const pair = new Pair({ seek: 0.05, start: 0.03 });
    pair.run(2);
    pair.reach = null;
    pair.run(0.5);
    expect(pair.seeks).toBe(0);
    pair.camera.playing = false;
    pair.camera.time = 2;
    pair.run(1);
    expect(pair.seeks).toBe(0);
    pair.reach = 1000;
    pair.run(1.5);
    expect(pair.off).toBeLessThan(FRAME);
  });

  it("seeks ever more rarely on a machine that is too slow to follow", () => {
    const pair = new Pair({ seek: 0.1, start: 0 }, 0.5);
    pair.run(60);
    expect(pair.seeks).toBeGreaterThan(3);
    expect(pair.seeks).toBeLessThan(15);
  });

  it("shows a still without playing where the track has only that", () => {
    const follow = new Follow();
    const leader = { time: 0.2, place: { time: 0.5, still: true }, rate: 1, moving: true };
    expect(follow.order(0, leader, { time: 0, seeking: false, reach: null })).toEqual({
      play: false,
      rate: 1,
      seek: 0.5,
    });
    expect(follow.order(0, leader, { time: 0.45, seeking: false, reach: 2 })).toEqual({
      play: false,
      rate: 1,
      seek: null,
    });
  });
});

describe("whether the camera is shown", () => {
  const here = { covered: true, picture: true, last: 10, time: 10 };
  it("is hidden before it has a picture, and where it has had none for two seconds", () => {
    expect(present(here)).toBe(true);
    expect(present({ ...here, picture: false })).toBe(false);
    expect(present({ ...here, covered: false, time: 11.9 })).toBe(true);
    expect(present({ ...here, covered: false, time: 12.1 })).toBe(false);
    expect(present({ ...here, covered: false, time: 3 }), "before it").toBe(false);
    expect(present({ ...here, covered: false, last: null })).toBe(false);
  });
});
