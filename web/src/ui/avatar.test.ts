import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AVATAR_COLORS, avatarColor, initials } from "./avatar";

const tokens = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const named = (name: string) =>
  [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, "g"))].map((m) => m[1] ?? "");

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test("every avatar colour passes contrast: its letters on it, and it on the pages, light and dark", () => {
  const [letters = ""] = named("on-avatar");
  for (let n = 0; n < AVATAR_COLORS; n += 1) {
    const [colour = ""] = named(`avatar-${n}`);
    expect(contrast(colour, letters)).toBeGreaterThanOrEqual(4.5);
    const pages = [...named("bg"), ...named("surface")];
    expect(pages.length).toBeGreaterThanOrEqual(4);
    for (const page of pages)
      expect(contrast(colour, page), `${colour} on ${page}`).toBeGreaterThanOrEqual(3);
  }
});

test("a person keeps one colour, and people have different ones", () => {
  expect(avatarColor("id-1", "Sam")).toBe(avatarColor("id-1", "Samuel"));
  expect(avatarColor(null, "Ana ")).toBe(avatarColor(null, "ana"));
  const people = ["Ana", "Ben", "Chloé", "Dai", "Eve", "Femi", "Gus", "Hana", "Ida", "Jo"];
  expect(new Set(people.map((name) => avatarColor(null, name))).size).toBeGreaterThan(4);
});

test("avatars show one or two letters", () => {
  expect(["Ana Lima", "sam", " Jean Luc Picard ", "", "Émile", "李 明"].map(initials)).toEqual([
    "AL",
    "S",
    "JP",
    "?",
    "É",
    "李明",
  ]);
});
