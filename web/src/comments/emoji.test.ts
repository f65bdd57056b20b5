import { expect, test } from "vitest";
import { GROUPS, OFTEN, oneEmoji } from "./emoji";

test("everything that is offered is one emoji, once", () => {
  const all = [...OFTEN, ...GROUPS.flatMap(({ emoji }) => emoji)];
  for (const emoji of all) expect(oneEmoji(emoji), emoji).toBe(emoji);
  expect(new Set(all).size).toBe(all.length);
});

test("what is typed is one emoji or none", () => {
  expect(oneEmoji(" 👩‍💻 ")).toBe("👩‍💻");
  expect(oneEmoji("🇩🇪")).toBe("🇩🇪");
  for (const none of ["", "a", "👍👍", "1", "👍!"]) expect(oneEmoji(none), none).toBeNull();
});
