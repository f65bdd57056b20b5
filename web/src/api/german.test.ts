import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import texts from "../../messages/problems.de.json";
import { german, Problem } from "./problem";

const asked = (body: object) => german(Problem.of(409, body), body);

test("every code of the server has its German", () => {
  const described = new URL("../../../server/openapi.json", import.meta.url);
  const { components } = JSON.parse(readFileSync(described, "utf8"));
  const codes: string[] = components.schemas.ProblemCode.enum;
  const translated = [...Object.keys(texts.whole), ...Object.keys(texts.general)];
  expect(translated.sort()).toEqual(codes.filter((code) => code !== "unknown").sort());
});

test("what a code stands for is said in German, whatever the server says of the occasion", async () => {
  const problem = await asked({
    code: "version_conflict",
    title: "Changed",
    detail: "It is at version 4 now.",
    field: "a",
  });
  expect(problem).toMatchObject({ status: 409, code: "version_conflict", field: "a" });
  expect(problem.message).toMatch(/^Das wurde inzwischen geändert/);
});

test("what only the server can say stays, and its general words are German", async () => {
  const detail = "A title has at most 200 characters.";
  expect((await asked({ code: "invalid", title: "Not valid", detail })).message).toBe(detail);
  expect((await asked({ code: "invalid", title: "Not valid" })).message).toBe(texts.general.invalid);
  for (const code of ["quantum_flux", "constructor", ""])
    expect((await asked({ code, detail })).message).toBe(detail);
});

test("whatever reads a problem of an answer puts it into German where the page is", () => {
  const all = readdirSync(new URL("..", import.meta.url), { recursive: true, encoding: "utf8" });
  const source = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
  const sources = all.filter((file) => /(?<!\.test)\.(ts|svelte)$/.test(file));
  const reading = sources.filter((file) => source(file).includes("Problem.of("));
  expect(reading.length).toBeGreaterThan(2);
  expect(reading.filter((file) => !/MODE === "de"\s*\?\s*\S*\s*german\(/.test(source(file)))).toEqual([]);
});
