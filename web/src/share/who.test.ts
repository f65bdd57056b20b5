import { expect, test } from "vitest";
import { type Shared, whoCanSee, whoOfFolder } from "./who";

const PLAIN: Shared = {
  audience: "link",
  comments: "anyone",
  people: 0,
  groups: 0,
  hasPassword: false,
  endsAt: null,
};
const line = (change: Partial<Shared>) =>
  whoCanSee({ ...PLAIN, ...change }, 1_000, (micros) => `at ${micros}`);

test("one line says who can see it", () => {
  expect(line({})).toBe("Anyone with the link can watch and comment.");
  expect(line({ audience: "members" })).toBe("Only members of this server can watch and comment.");
  expect(line({ audience: "members", people: 2 })).toBe(
    "Only members of this server and 2 people can watch and comment.",
  );
  expect(line({ audience: "owner", groups: 1 })).toBe("Only you and 1 group can watch and comment.");
  expect(line({ audience: "members", people: 1, groups: 2 })).toBe(
    "Only members of this server and 1 person and 2 groups can watch and comment.",
  );
  expect(line({ audience: "owner" })).toBe("Only you can watch and comment.");
  expect(line({ audience: "owner", people: 1 })).toBe("Only you and 1 person can watch and comment.");
});

test("what is shared as its folder is for the folder's people and its own", () => {
  const folder = { name: "Team", audience: "owner", people: 2, groups: 0 } as const;
  expect(line({ audience: "owner", people: 1, folder })).toBe("Only you and 3 people can watch and comment.");
  expect([whoOfFolder(folder), whoOfFolder({ ...folder, people: 0 })]).toEqual([
    "only you and 2 people",
    "only you",
  ]);
  expect(whoOfFolder({ ...folder, audience: "members" })).toBe("members of this server");
});

test("it says under which conditions", () => {
  expect(line({ comments: "off" })).toBe("Anyone with the link can watch.");
  expect(line({ comments: "members" })).toBe("Anyone with the link can watch. Members can comment.");
  expect(line({ audience: "members", comments: "members" })).toBe(
    "Only members of this server can watch and comment.",
  );
  expect(line({ hasPassword: true, endsAt: 2_000_000 })).toBe(
    "Anyone with the link can watch and comment. They need the password. Until at 2000000.",
  );
  expect(line({ audience: "owner", hasPassword: true, endsAt: 2_000_000 })).toBe(
    "Only you can watch and comment.",
  );
});

test("what has ended is the owner's alone", () => {
  expect(line({ endsAt: 1_000_000 })).toBe("Only you can watch: sharing has ended.");
});
