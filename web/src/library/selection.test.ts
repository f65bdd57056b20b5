import { expect, test } from "vitest";
import { Selection } from "./selection.svelte";

const ITEMS = ["a", "b", "c", "d"].map((id) => ({ id }));
const [a, b, , d] = ITEMS as [{ id: string }, { id: string }, { id: string }, { id: string }];

test("a range reaches from the one that was chosen last to this one, in either direction", () => {
  const selection = new Selection(() => ITEMS);
  selection.toggle(d, false);
  selection.toggle(b, true);
  expect([...selection.ids].sort()).toEqual(["b", "c", "d"]);
  selection.toggle(d, true);
  expect([...selection.ids], "the same range again takes it back").toEqual([]);
});

test("what is dragged takes the selection along if it is part of it", () => {
  const selection = new Selection(() => ITEMS);
  selection.toggle(a, false);
  selection.toggle(b, false);
  expect(selection.dragged(a)).toEqual(["a", "b"]);
  expect(selection.dragged(d)).toEqual(["d"]);
});
