import { expect, test } from "vitest";
import { neighbour } from "./focus";

test("the focus goes to the next one, after the last to the one before", () => {
  expect(neighbour(["a", "b", "c"], "a")).toBe("b");
  expect(neighbour(["a", "b", "c"], "c")).toBe("b");
  expect(neighbour(["a"], "a")).toBeNull();
  expect(neighbour(["a"], "x")).toBeNull();
});
