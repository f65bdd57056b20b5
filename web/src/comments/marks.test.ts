import { expect, test } from "vitest";
import { cluster, clusters, type Mark } from "./marks";

const mark = (at_ms: number): Mark => ({ id: String(at_ms), at_ms, name: "Ana" });

test("marks that would overlap become one, standing at the first", () => {
  const clusters = cluster([mark(5200), mark(0), mark(5000), mark(9000)], 10_000, 500, 24);
  expect(clusters.map(({ place, marks }) => [place, marks.length])).toEqual([
    [0, 1],
    [0.5, 2],
    [0.9, 1],
  ]);
});

test("a wider timeline holds them apart", () => {
  expect(cluster([mark(5000), mark(5200)], 10_000, 2000, 24)).toHaveLength(2);
});

test("no mark leaves the timeline, and none is drawn where there is none", () => {
  expect(cluster([mark(12_000)], 10_000, 500, 24)[0]?.place).toBe(1);
  expect(cluster([mark(1)], 0, 500, 24)).toEqual([]);
  expect(cluster([mark(1)], 100, 0, 24)).toEqual([]);
});

test("clusters never overlap, whatever the marks", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let round = 0; round < 200; round += 1) {
    const marks = Array.from({ length: Math.ceil(random() * 60) }, () => mark(Math.floor(random() * 60_000)));
    const places = cluster(marks, 60_000, 640, 24).map(({ place }) => place * 640);
    places.forEach((x, i) => {
      expect(i === 0 || x - (places[i - 1] ?? 0) >= 24).toBe(true);
    });
  }
});

test("where marks would fill the timeline they are joined more coarsely", () => {
  const many = Array.from({ length: 1000 }, (_, n) => mark(n * 60));
  const joined = clusters(many, 60_000, 1000, 26);
  expect(joined.length * 26).toBeLessThan(1000 * 0.5);
  expect(joined.reduce((sum, { marks }) => sum + marks.length, 0)).toBe(1000);
  const few = [mark(0), mark(5000), mark(9000)];
  expect(clusters(few, 10_000, 500, 26)).toEqual(cluster(few, 10_000, 500, 26));
});
