import { expect, test } from "vitest";
import { type Person, toField, toPlain } from "./markers";
import { matching, query, toBody } from "./mentions";

const id = (n: number) => `0192f000-0000-7000-8000-00000000000${n}`;
const jo: Person = { kind: "user", id: id(1), name: "Jo" };
const joanna: Person = { kind: "user", id: id(2), name: "Jo Anna" };
const design: Person = { kind: "group", id: id(3), name: "Design" };

test("names become markers and markers names, the longest name first", () => {
  const text = "@Jo Anna and @Jo, (@Design) mail@Jo @Joe";
  const body = toBody(text, [jo, joanna, design]);
  expect(body).toBe(`<@user:${id(2)}> and <@user:${id(1)}>, (<@group:${id(3)}>) mail@Jo @Joe`);
  expect(toField(body, [jo, joanna, design])).toBe(text);
});

test("a marker without a name stays what it is in a field, and is somebody elsewhere", () => {
  const body = `<@user:${id(9)}> and <@user:nobody>`;
  expect(toField(body, [jo])).toBe(body);
  expect(toPlain(body, [jo])).toBe("@somebody and <@user:nobody>");
});

test("what is typed behind an @ is a name, what stands in an address or a sentence is none", () => {
  expect(query("hi @jo", 6)).toEqual({ from: 3, typed: "jo" });
  expect(query("@", 1)).toEqual({ from: 0, typed: "" });
  expect(query("@jo anna", 8)).toEqual({ from: 0, typed: "jo anna" });
  expect(query("mail@jo", 7)).toBeNull();
  expect(query("@ jo", 4)).toBeNull();
  expect(query("@jo\nx", 5)).toBeNull();
  expect(query("@jo is a good one", 17)).toBeNull();
  expect(query("hi @jo", 2)).toBeNull();
});

test("people are found by the beginning of a word of their name, accents aside", () => {
  const zoe: Person = { kind: "guest", id: id(4), name: "Zoë Jonas" };
  expect(matching([zoe, joanna, jo], "jo").map(({ name }) => name)).toEqual(["Jo", "Jo Anna", "Zoë Jonas"]);
  expect(matching([zoe, jo], "zoe")).toEqual([zoe]);
  expect(matching([zoe, jo], "x")).toEqual([]);
});
