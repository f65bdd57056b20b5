import { expect, test } from "vitest";
import type { MomentReaction } from "../api/types";
import { heaps, type Kind } from "./moments";

const at = (at_ms: number, kind: Kind = "like"): MomentReaction => ({
  id: `${at_ms} ${kind}`,
  at_ms,
  kind,
  name: "Ana",
  mine: false,
});

test("reactions that would overlap are counted together, the most frequent first", () => {
  const found = heaps([at(5100, "clap"), at(0), at(5000), at(5200, "clap"), at(9000)], 10_000, 500, 40);
  expect(found.map(({ place, kinds }) => [place, kinds])).toEqual([
    [0, [["like", 1]]],
    [
      0.5,
      [
        ["clap", 2],
        ["like", 1],
      ],
    ],
    [0.9, [["like", 1]]],
  ]);
});

test("ten thousand reactions leave no more heaps than have room", () => {
  const many = Array.from({ length: 10_000 }, (_, n) => at(n));
  const found = heaps(many, 10_000, 400, 40);
  expect(found.length).toBeLessThanOrEqual(10);
  expect(found.reduce((sum, { reactions }) => sum + reactions.length, 0)).toBe(10_000);
  expect(heaps(many, 0, 400, 40)).toEqual([]);
});
