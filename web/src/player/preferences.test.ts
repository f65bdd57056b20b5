import { expect, test } from "vitest";
import { loadPreferences, savePreferences } from "./preferences";

function store(held: string | null = null) {
  return {
    held,
    getItem() {
      return this.held;
    },
    setItem(_: string, value: string) {
      this.held = value;
    },
  };
}
const usual = { rate: 1, muted: false, volume: 1, captions: false };

test("what was chosen is found again", () => {
  const box = store();
  const chosen = { rate: 1.5, muted: true, volume: 0.4, captions: true };
  savePreferences(box, chosen);
  expect(loadPreferences(box)).toEqual(chosen);
});

test("nonsense is as if nothing had been chosen", () => {
  for (const held of [null, "{", "null", "7", '{"rate":99,"volume":-1,"muted":"yes","captions":1}']) {
    expect(loadPreferences(store(held))).toEqual(usual);
  }
});

test("a store that refuses does no harm", () => {
  const refuses = () => {
    throw new DOMException("denied", "SecurityError");
  };
  savePreferences({ getItem: refuses, setItem: refuses }, usual);
  expect(loadPreferences({ getItem: refuses, setItem: refuses })).toEqual(usual);
});
