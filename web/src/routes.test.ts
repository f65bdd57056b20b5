import { expect, test } from "vitest";
import { route, safeNext } from "./routes";

test("addresses lead to pages", () => {
  expect(route("/")).toEqual({ page: "library" });
  expect(route("/w/0123456789abcdefABCDEF")).toEqual({ page: "watch", slug: "0123456789abcdefABCDEF" });
  expect(route("/device/")).toEqual({ page: "device" });
  expect(route("/trash")).toEqual({ page: "trash" });
  expect(route("/people")).toEqual({ page: "people" });
  expect(route("/invitation")).toEqual({ page: "invitation" });
  expect(route("/w/")).toEqual({ page: "not-found" });
  expect(route("/w/../api")).toEqual({ page: "not-found" });
});

const HERE = "https://aside.example:8443";

test.each([
  ["/w/abc?t=42#c", "/w/abc?t=42#c"],
  ["/device?code=BCDF-GHJK", "/device?code=BCDF-GHJK"],
  ["settings", "/settings"],
  [`${HERE}/w/abc`, "/w/abc"],
  // These stay here: the slashes belong to the path, and the host is said in full.
  ["/.//evil.example", "//evil.example"],
  ["/%2F%2Fevil.example", "/%2F%2Fevil.example"],
])("signing in goes on to %j", (next, path) => {
  expect(safeNext(next, HERE)).toBe(HERE + path);
});

test.each([
  null,
  "",
  "https://evil.example",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r/evil.example",
  "/\r\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/\t\\evil.example",
  "\u0000//evil.example",
  "ht\ntps://evil.example",
  "javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  `blob:${HERE}/0`,
  "http://aside.example:8443/w/abc",
  "https://aside.example/w/abc",
  "https://aside.example:8443@evil.example/",
  "https://somebody@aside.example:8443/w/abc",
  "https://[",
])("signing in leads nowhere but to this server: %j", (next) => {
  expect(safeNext(next, HERE)).toBe(`${HERE}/`);
});
