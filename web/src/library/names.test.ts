import { expect, test } from "vitest";
import { mergeFirstPage } from "./names";

const list = (ids: string) => [...ids].map((id) => ({ id }));
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id).join("");

test("what was loaded below the first page stays when that is asked for anew, in the server's order", () => {
  // The order is the server's, not that of the ids.
  const before = list("dacbe");
  expect(mergeFirstPage(before, { items: list("dac"), next: "c" })).toMatchObject({ below: true });
  expect(ids(mergeFirstPage(before, { items: list("dac"), next: "c" }).items)).toBe("dacbe");
  expect(ids(mergeFirstPage(before, { items: list("xda"), next: "a" }).items), "a new one came").toBe(
    "xdacbe",
  );
  expect(ids(mergeFirstPage(before, { items: list("dcb"), next: "b" }).items), "one of the page went").toBe(
    "dcbe",
  );
});

test("nothing is kept below a last page, or below a page that shares nothing with what was there", () => {
  expect(ids(mergeFirstPage(list("abc"), { items: list("a"), next: null }).items)).toBe("a");
  expect(ids(mergeFirstPage(list("abc"), { items: list("xyz"), next: "z" }).items)).toBe("xyz");
  expect(ids(mergeFirstPage([], { items: list("ab"), next: "b" }).items)).toBe("ab");
});
