import { expect, test } from "vitest";
import { loadPosition, savePosition } from "./position";

function store(content: string | null = null) {
  const held = new Map<string, string>();
  if (content !== null) held.set("aside.positions", content);
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  };
}

test("a position is remembered for each recording, and forgotten at its beginning and its end", () => {
  const kept = store();
  savePosition(kept, "one", 40, 100);
  savePosition(kept, "two", 70.123, 100);
  expect([loadPosition(kept, "one"), loadPosition(kept, "two"), loadPosition(kept, "three")]).toEqual([
    40, 70.1, 0,
  ]);
  savePosition(kept, "one", 95, 100);
  savePosition(kept, "two", 3, 100);
  expect([loadPosition(kept, "one"), loadPosition(kept, "two")]).toEqual([0, 0]);
});

test("the oldest are forgotten", () => {
  const kept = store();
  for (let n = 0; n < 60; n += 1) savePosition(kept, `r${n}`, 20 + n, 1000);
  expect([loadPosition(kept, "r9"), loadPosition(kept, "r10"), loadPosition(kept, "r59")]).toEqual([
    0, 30, 79,
  ]);
});

test("a store with anything else in it, or a full one, does no harm", () => {
  for (const content of ["", "{", "null", '[["a",-1],["b","c"],3]'])
    expect(loadPosition(store(content), "a")).toBe(0);
  const full = {
    ...store(),
    setItem: () => {
      throw new Error("full");
    },
  };
  expect(() => savePosition(full, "a", 50, 100)).not.toThrow();
});
