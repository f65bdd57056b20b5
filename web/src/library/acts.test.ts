import { expect, test } from "vitest";
import type { LibraryCard } from "../api/types";
import { keeping, moving, tagging, tagsOf, trashing } from "./acts";

const card = (id: string, folder_id: string | null, tags: string[] = []) =>
  ({ id, title: id, folder_id, tags }) as unknown as LibraryCard;
const CARDS = [card("a", null, ["bug", "ui"]), card("b", "x", ["bug"]), card("c", "x")];

test("a move is taken back to where each one came from", () => {
  const { text, todo, undo } = moving(CARDS, "y", "Work");
  expect(text).toBe("3 recordings moved to Work");
  expect(todo).toEqual([{ ids: ["a", "b", "c"], move_to: { folder_id: "y" } }]);
  expect(undo).toEqual([
    { ids: ["a"], move_to: { folder_id: null } },
    { ids: ["b", "c"], move_to: { folder_id: "x" } },
  ]);
});

test("undoing a change of tags touches only what was changed", () => {
  const { undo } = tagging(CARDS, ["bug", "new"], ["ui"]);
  expect(undo).toEqual([
    { ids: ["c"], remove_tags: ["bug"] },
    { ids: ["a", "b", "c"], remove_tags: ["new"] },
    { ids: ["a"], add_tags: ["ui"] },
  ]);
});

test("one recording is called by its name", () => {
  expect(trashing(CARDS.slice(0, 1)).text).toBe("“a” moved to the trash");
  expect(tagsOf(CARDS)).toEqual({ some: ["bug", "ui"], all: [] });
  expect(tagsOf(CARDS.slice(0, 2))).toEqual({ some: ["bug", "ui"], all: ["bug"] });
});

test("keeping is taken back only where it was news", () => {
  const pinned = { ...card("d", null), pinned: true };
  const cards = [{ ...card("a", null), pinned: false }, pinned];
  expect(keeping(cards, true).undo).toEqual([{ ids: ["a"], pinned: false }]);
  expect(keeping([pinned], true).undo).toEqual([]);
});
