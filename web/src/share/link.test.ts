import { expect, test } from "vitest";
import { watchLink } from "./link";

test("a link starts where it was asked to, and at the beginning otherwise", () => {
  expect(watchLink("https://aside.example/w/abc", 42)).toBe("https://aside.example/w/abc?t=42");
  expect(watchLink("https://aside.example/w/abc", null)).toBe("https://aside.example/w/abc");
  expect(watchLink("https://aside.example/w/abc?t=7", null)).toBe("https://aside.example/w/abc");
  expect(watchLink("https://aside.example/w/abc", 0)).toBe("https://aside.example/w/abc");
});
