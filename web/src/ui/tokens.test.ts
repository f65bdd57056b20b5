import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");

function colours(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1] ?? "", m[2] ?? ""]),
  );
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.040_45 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT: readonly (readonly [string, readonly string[]])[] = [
  ["--text", ["--bg", "--surface", "--hover", "--accent-soft", "--selection", "--glow"]],
  ["--muted", ["--bg", "--surface", "--hover", "--accent-soft", "--glow"]],
  ["--link", ["--bg", "--surface", "--hover", "--accent-soft"]],
  ["--danger", ["--bg", "--surface", "--danger-soft"]],
  ["--on-accent", ["--accent", "--accent-hover"]],
  ["--on-mark", ["--mark"]],
  ["--on-inverse", ["--inverse"]],
  ["--accent-on-inverse", ["--inverse"]],
  ["--danger-on-inverse", ["--inverse"]],
];
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ["--line-control", ["--bg", "--surface"]],
  ["--link", ["--bg", "--surface", "--hover"]],
  ["--danger-line", ["--bg", "--danger-soft"]],
  ["--accent", ["--bg", "--surface"]],
  ["--now", ["--bg"]],
];

test.each([
  ["light", colours(light)],
  ["dark", { ...colours(light), ...colours(dark.split("/* Controls that lie")[0] ?? "") }],
])("text and lines can be told from what lies behind them (%s)", (_, token) => {
  const low: string[] = [];
  for (const [pairs, least] of [
    [TEXT, 4.5],
    [LINES, 3],
  ] as const) {
    for (const [front, backs] of pairs) {
      for (const back of backs) {
        const ratio = contrast(token[front] ?? "", token[back] ?? "");
        if (!(ratio >= least)) low.push(`${front} on ${back}: ${ratio.toFixed(2)}, wanted ${least}`);
      }
    }
  }
  expect(low).toEqual([]);
});

test("red means now, and the accent is not red", () => {
  const hue = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    return r > g + 40 && r > b + 40;
  };
  for (const token of [colours(light), colours(dark)]) {
    const red = Object.keys(token).filter((name) => hue(token[name] ?? ""));
    expect(red.filter((name) => !/^--(now|live-dot|danger|avatar)/.test(name) && name !== "--mark")).toEqual(
      [],
    );
  }
});
