import { expect, test } from "vitest";
import { errorMessage, Problem } from "./problem";

test("a problem speaks in the server's words, the particular before the general", () => {
  const problem = Problem.of(422, {
    code: "invalid",
    title: "Not valid",
    detail: "A title has at most 200 characters.",
    field: "title",
  });
  expect(problem).toMatchObject({ status: 422, code: "invalid", field: "title" });
  expect(errorMessage(problem)).toBe("A title has at most 200 characters.");
  expect(errorMessage(Problem.of(403, { code: "forbidden", title: "You may not do this" }))).toBe(
    "You may not do this",
  );
});

test("an answer that is no problem at all still makes one", () => {
  for (const body of [undefined, null, "<html>", "", 7, { code: 7 }]) {
    expect(Problem.of(502, body)).toMatchObject({ status: 502, code: "unknown", field: null });
  }
  expect(errorMessage("not even an error")).toBe("Something went wrong.");
});
