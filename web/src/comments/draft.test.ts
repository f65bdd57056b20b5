import { expect, test } from "vitest";
import { type DraftStore, loadDraft, saveDraft, textAfter } from "./draft";

function store(): DraftStore & { held: Map<string, string> } {
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
  const box = store();
  saveDraft(box, "abc", draft);
  expect(loadDraft(box, "abc")).toEqual(draft);
  expect(loadDraft(box, "xyz")).toBeNull();
});

test("words written while others were on their way are left over", () => {
  expect(textAfter("One", "One\ntwo")).toBe("two");
  expect(textAfter("One", "One ")).toBe("");
  expect(textAfter("One", "")).toBe("");
  expect(textAfter("One", "Once")).toBe("Once");
});

test("an empty draft leaves nothing behind", () => {
  const box = store();
  saveDraft(box, "abc", draft);
  saveDraft(box, "abc", { ...draft, body: " \n" });
  expect(box.held.size).toBe(0);
});

test("a store that is broken, full or filled with something else does no harm", () => {
  const refuses = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  saveDraft({ getItem: refuses, setItem: refuses, removeItem: refuses }, "abc", draft);
  expect(loadDraft({ getItem: refuses, setItem: refuses, removeItem: refuses }, "abc")).toBeNull();
  const box = store();
  for (const nonsense of ["{", "7", "null", '{"body":7}', '{"body":"x"}']) {
    box.held.set("aside.draft.abc", nonsense);
    expect(loadDraft(box, "abc")).toBeNull();
  }
});
