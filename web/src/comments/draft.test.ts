import { expect, test } from "vitest";
import { type Drawer, findDraft, keepDraft, writtenSince } from "./draft";

function drawer(): Drawer & { held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
}

const draft = { body: "The button", at_ms: 42_000, end_ms: null, parent_id: null };

test("a draft is found again by its recording, and by no other", () => {
  const box = drawer();
  keepDraft(box, "abc", draft);
  expect(findDraft(box, "abc")).toEqual(draft);
  expect(findDraft(box, "xyz")).toBeNull();
});

test("words written while others were on their way are left over", () => {
  expect(writtenSince("One", "One\ntwo")).toBe("two");
  expect(writtenSince("One", "One ")).toBe("");
  expect(writtenSince("One", "")).toBe("");
  expect(writtenSince("One", "Once")).toBe("Once");
});

test("an empty draft leaves nothing behind", () => {
  const box = drawer();
  keepDraft(box, "abc", draft);
  keepDraft(box, "abc", { ...draft, body: " \n" });
  expect(box.held.size).toBe(0);
});

test("a drawer that is broken, full or filled with something else does no harm", () => {
  const refuses = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  keepDraft({ getItem: refuses, setItem: refuses, removeItem: refuses }, "abc", draft);
  expect(findDraft({ getItem: refuses, setItem: refuses, removeItem: refuses }, "abc")).toBeNull();
  const box = drawer();
  for (const nonsense of ["{", "7", "null", '{"body":7}', '{"body":"x"}']) {
    box.held.set("aside.draft.abc", nonsense);
    expect(findDraft(box, "abc")).toBeNull();
  }
});
