import { expect, test } from "vitest";
import { LivePosition } from "./live";

const PART = 0.5;

interface Line {
  /** How old the newest media is when it arrives, by the number of the part. */
  readonly delay: (n: number) => number;
  readonly seconds: number;
}

interface Run {
  stalls: { at: number; seconds: number }[];
  /** Distance to the speaker at each step of a tenth of a second. */
  behind: number[];
  rates: number[];
}

/** A viewer who goes to live after three seconds, on a line that delivers parts late by `delay`. */
function watch({ delay, seconds }: Line): Run {
  const point = new LivePosition(PART);
  const step = 0.01;
  const run: Run = { stalls: [], behind: [], rates: [] };
  let part = 0;
  let end = 0;
  let time: number | null = null;
  let waiting = false;
  for (let i = 0; i * step < seconds; i++) {
    const now = i * step;
    while ((part + 1) * PART + delay(part) <= now) {
      part += 1;
      end = part * PART;
      point.delivered(now, end);
    }
    if (now >= 3 && time === null) time = point.position(now);
    if (time === null) continue;
    const rate = point.rate(now, time);
    const next: number = time + rate * step;
    if (next > end) {
      if (!waiting) {
        point.stalled();
        run.stalls.push({ at: now, seconds: 0 });
      }
      waiting = true;
      const stall = run.stalls.at(-1);
      if (stall) stall.seconds += step;
    } else {
      waiting = false;
      time = next;
    }
    if (i % 10 === 0) {
      run.behind.push(now - time);
      run.rates.push(rate);
    }
  }
  return run;
}

/** The same odd numbers every time, from 0 to 1. */
const noise = (n: number) => ((n * 2654435761) % 1000) / 1000;

test("on an even line a live viewer stands less than a second behind and never waits", () => {
  const { stalls, behind, rates } = watch({ delay: () => 0.15, seconds: 600 });
  expect(stalls).toEqual([]);
  expect(Math.max(...behind)).toBeLessThan(1);
  expect(rates.every((rate) => rate === 1)).toBe(true);
});

test("late parts are allowed for before they make anybody wait", () => {
  const { stalls, behind } = watch({ delay: (n) => 0.1 + 0.2 * noise(n), seconds: 600 });
  expect(stalls).toEqual([]);
  expect(Math.max(...behind)).toBeLessThan(1.2);
});

test("on a bad line the distance grows until waiting becomes rare", () => {
  // Once in thirty parts one is up to three seconds late, and all behind it with it.
  const late = (n: number) => (n % 30 === 29 ? 1 + 2 * noise(n) : 0.1);
  const { stalls } = watch({ delay: late, seconds: 900 });
  const count = (from: number, to: number) => stalls.filter(({ at }) => at >= from && at < to).length;
  expect(count(0, 300)).toBeGreaterThan(0);
  expect(count(600, 900)).toBeLessThan(10);
});

test("after one bad moment the viewer comes back to the old distance, faster but never hurried", () => {
  const { stalls, behind, rates } = watch({ delay: (n) => (n === 100 ? 4 : 0.15), seconds: 600 });
  expect(stalls).toHaveLength(1);
  expect(Math.max(...behind)).toBeGreaterThan(3);
  expect(behind.at(-1)).toBeLessThan(1.05);
  expect(Math.max(...rates)).toBeLessThanOrEqual(1.1);
});

test("the live position is never beyond what is there", () => {
  const point = new LivePosition(PART);
  expect(point.position(0)).toBeNull();
  point.delivered(10, 5);
  expect(point.position(10)).toBeCloseTo(5 - PART - 0.25);
  expect(point.position(100)).toBeCloseTo(5 - 0.25);
  expect(point.holdBack).toBeCloseTo(PART + 0.25);
});

test("an outage, or a time in which nobody asked, does not count as lateness", () => {
  const late = new LivePosition(PART);
  const asleep = new LivePosition(PART);
  for (const point of [late, asleep]) {
    for (let n = 1; n <= 10; n++) point.delivered(n * PART, n * PART);
  }
  late.delivered(65, 65);
  expect(late.position(65)).toBeCloseTo(65 - PART - 0.25);
  asleep.restart();
  asleep.delivered(10, 10);
  expect(asleep.position(10)).toBeCloseTo(10 - PART - 0.25);
});
