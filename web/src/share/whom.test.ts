import { expect, test } from "vitest";
import { nameOf, whom } from "./whom";

const PEOPLE = [
  { id: "1", name: "Ana" },
  { id: "2", name: "Bo" },
  { id: "3", name: "Bo" },
];
const GROUPS = [
  { id: "g", name: "Design" },
  { id: "h", name: "Ana" },
];

test("a name means the one who is called so", () => {
  const meant = (typed: string) => whom(typed, PEOPLE, GROUPS);
  expect(meant(" Ana ")).toEqual({ user_id: "1" });
  expect(meant("Design")).toEqual({ group_id: "g" });
  expect(meant("Design (group)")).toEqual({ group_id: "g" });
  expect(meant("Ana (group)")).toEqual({ group_id: "h" });
  expect(meant("Bo")).toEqual({ mail: "Bo" });
  expect(meant("ana@example.org")).toEqual({ mail: "ana@example.org" });
});

test("who is named is called by what is known of them", () => {
  const named = { id: "1", name: null, mail: null, user_id: null, group: null };
  expect(nameOf({ ...named, group: { id: "g", name: "Design", members: 2 } })).toBe("Design");
  expect(nameOf({ ...named, name: "Ana", mail: "ana@example.org" })).toBe("Ana");
  expect(nameOf({ ...named, mail: "ana@example.org" })).toBe("ana@example.org");
});
