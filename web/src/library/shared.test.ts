import { describe, expect, test } from "vitest";
import type { Folder } from "../api/types";
import { governorOf, sectionOf, whoSees } from "./shared";

const folder = (id: string, audience: "owner" | "members" | null, shared_by: string | null): Folder => ({
  id,
  audience,
  shared_by,
  name: id.toUpperCase(),
  parent_id: null,
  recordings: 0,
  retention: null,
  etag: "",
});
const folders = [
  folder("a", "members", "a"),
  folder("b", null, "a"),
  folder("c", "owner", "c"),
  folder("d", null, null),
];

describe("who sees what lies in a folder", () => {
  test("is said where a move changes it, and nowhere else", () => {
    const move = (from: string | null, to: string | null) =>
      whoSees(folders, governorOf(folders, from), governorOf(folders, to));
    expect(move("a", "b")).toBe("");
    expect(move(null, "d")).toBe("");
    expect(move("d", "b")).toBe(". Only members of this server can watch now");
    expect(move("b", "c")).toBe(". Only those with whom “C” is shared can watch now");
    expect(move("c", null)).toBe(". It is shared as it was before it lay in a shared folder");
  });

  test("says under which heading it stands for others", () => {
    const of = (audience: "owner" | "members") =>
      sectionOf({ id: "x", name: "X", owner_id: "", owner_name: "", parent_id: null, audience });
    expect([of("owner"), of("members")]).toEqual(["shared", "everyone"]);
  });
});
