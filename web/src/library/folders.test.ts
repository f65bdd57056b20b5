import { expect, test } from "vitest";
import { pathOf, tree, within } from "./folders";

const folder = (id: string, parent_id: string | null) => ({
  id,
  parent_id,
  name: id.toUpperCase(),
  retention: null,
  audience: null,
  shared_by: null,
  etag: "",
  recordings: 0,
});
const FOLDERS = [folder("a", null), folder("b", "c"), folder("c", "a"), folder("d", null)];

test("folders stand below the one that they lie in", () => {
  expect(tree(FOLDERS).map(({ folder, depth }) => `${folder.id}${depth}`)).toEqual(["a0", "c1", "b2", "d0"]);
  expect(
    tree([folder("x", "gone")]).map(({ depth }) => depth),
    "none is lost",
  ).toEqual([0]);
});

test("a folder cannot be moved into itself and into what lies in it", () => {
  expect([...within(FOLDERS, "a")].sort()).toEqual(["a", "b", "c"]);
  expect([...within(FOLDERS, "d")]).toEqual(["d"]);
});

test("a place is told from the top on", () => {
  expect(pathOf(FOLDERS, "b")).toBe("A / C / B");
});
