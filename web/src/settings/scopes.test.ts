import { expect, test } from "vitest";
import { ended, mayDo } from "./scopes";

test("a token says what it may do", () => {
  expect(mayDo({ kind: "api", scopes: ["read", "comment"] })).toBe("May read, comment");
  expect(mayDo({ kind: "api", scopes: null })).toBe("May do everything you may");
  expect(mayDo({ kind: "device", scopes: null })).toBe("Recorder");
});

test("a token says when it runs out", () => {
  const now = 1_000_000;
  const at = (days: number) => ({ expires_at: (now + days * 86_400_000) * 1000 });
  expect(ended({ expires_at: null }, now)).toBe("");
  expect(ended(at(0), now)).toBe(", has run out");
  expect(ended(at(0.5), now)).toBe(", runs out within a day");
  expect(ended(at(0.1), now)).toBe(", runs out within a day");
  expect(ended(at(30), now)).toBe(", runs out in 30 days");
  expect(ended(at(90.001), now)).toBe(", runs out in 90 days");
});
