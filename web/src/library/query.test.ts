import { expect, test } from "vitest";
import { asked, EVERYTHING, isFiltered, readQuery, unfiltered, writeQuery } from "./query";

const FOLDER = "0192f0a0-0000-7000-8000-000000000001";

test("an address is read back as it was written, and everything has the plain one", () => {
  const query = {
    section: "mine",
    by: null,
    folder: FOLDER,
    tag: "ui & more",
    state: "finished",
    when: "week",
    length: "short",
    sort: "title",
  } as const;
  expect(readQuery(writeQuery(query))).toEqual(query);
  expect(writeQuery(EVERYTHING)).toBe("");
  expect(readQuery("")).toEqual(EVERYTHING);
});

test("what an address says wrongly filters nothing", () => {
  expect(readQuery("?folder=../x&state=odd&when=toString&length=&sort=best&tag=")).toEqual(EVERYTHING);
});

test("the server is asked for what is wanted, and for nothing else", () => {
  expect(asked(EVERYTHING, 0)).toEqual({ limit: 48 });
  const query = {
    section: "mine",
    by: null,
    folder: "top",
    tag: "bug",
    state: "live",
    when: "day",
    length: "medium",
    sort: "oldest",
  } as const;
  const rest = { folder: "top", tag: "bug", state: "live", sort: "oldest" };
  expect(asked(query, 100_000_000)).toEqual({
    limit: 48,
    ...rest,
    since: 13_600_000_000,
    min_ms: 60_000,
    max_ms: 300_000,
  });
  expect(asked({ ...EVERYTHING, length: "long" }, 0)).toEqual({ limit: 48, min_ms: 300_001 });
});

test("what lies in no folder is one's own, and a person filters in the other sections", () => {
  const shared = { ...EVERYTHING, section: "shared", by: FOLDER } as const;
  expect(readQuery(writeQuery(shared))).toEqual(shared);
  expect(asked(shared, 0)).toEqual({ limit: 48, section: "shared", by: FOLDER });
  const place = { ...EVERYTHING, section: "everyone", folder: FOLDER } as const;
  expect(readQuery(writeQuery(place)), "somebody's shared folder").toEqual(place);
  expect(readQuery("?section=everyone&folder=top")).toEqual({ ...EVERYTHING, section: "everyone" });
  expect(readQuery(`?by=${FOLDER}&section=elsewhere`)).toEqual(EVERYTHING);
  expect(isFiltered(shared)).toBe(true);
  expect(unfiltered({ ...shared, tag: "bug", sort: "title" })).toEqual({
    ...EVERYTHING,
    section: "shared",
    sort: "title",
  });
});

test("a folder is a place and no filter", () => {
  expect(isFiltered({ ...EVERYTHING, folder: FOLDER, sort: "title" })).toBe(false);
  expect(isFiltered({ ...EVERYTHING, tag: "bug" })).toBe(true);
});
