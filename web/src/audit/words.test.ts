import { expect, test } from "vitest";
import { actionText, detailText } from "./words";

test("of a change only what changed is told", () => {
  const before = { audience: "link", password: false, embed: [] };
  const after = { audience: "members", password: true, embed: [] };
  expect(detailText({ before, after })).toBe("audience: link → members, password: false → true");
  expect(detailText({ before: "link", after: "owner" })).toBe("link → owner");
  expect(detailText({ mail: "x@example.org" })).toBe("mail: x@example.org");
  expect(detailText(null)).toBe("");
});

test("what this page does not know yet is shown by its own word", () => {
  expect(actionText("link_replaced")).toBe("replaced the link");
  expect(actionText("moon_moved")).toBe("moon moved");
});
