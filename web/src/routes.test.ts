import { expect, test } from "vitest";
import { route, safeNext } from "./routes";

test("addresses lead to pages", () => {
  expect(route("/")).toEqual({ page: "library" });
  expect(route("/w/0123456789abcdefABCDEF")).toEqual({ page: "watch", slug: "0123456789abcdefABCDEF" });
  expect(route("/device/")).toEqual({ page: "device" });
  expect(route("/w/")).toEqual({ page: "nowhere" });
  expect(route("/w/../api")).toEqual({ page: "nowhere" });
});

test("signing in leads nowhere but to this server", () => {
  expect(safeNext("/w/abc?t=42")).toBe("/w/abc?t=42");
  for (const elsewhere of [
    null,
    "",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:1",
  ]) {
    expect(safeNext(elsewhere)).toBe("/");
  }
});
