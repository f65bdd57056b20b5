import { expect, test } from "vitest";
import { found, givable } from "./roles";

test("people are found by parts of their name and address", () => {
  const people = [
    { name: "Ana Lima", email: "ana@example.org" },
    { name: "Zoë", email: "zoe@example.org" },
  ];
  const names = (typed: string) => found(people, typed).map(({ name }) => name);
  expect(names("")).toEqual(["Ana Lima", "Zoë"]);
  expect(names("lima ANA")).toEqual(["Ana Lima"]);
  expect(names("zoe\u0308")).toEqual(["Zoë"]);
  expect(names("zoe@")).toEqual(["Zoë"]);
  expect(names("nobody")).toEqual([]);
});

test("an admin is offered to make no owners", () => {
  expect(givable("owner").map(([role]) => role)).toContain("owner");
  expect(givable("admin").map(([role]) => role)).not.toContain("owner");
});
