import { expect, test } from "vitest";
import type { Comment } from "../api/types";
import { activeThreads, neighbour, threads, upsert } from "./threads";

const comment = (id: string, rest: Partial<Comment> = {}): Comment => ({
  id,
  parent_id: null,
  at_ms: 1000,
  end_ms: null,
  body: id,
  html: id,
  author: { name: "Ana", kind: "guest", id: null, agent: false },
  mine: false,
  created_at: 1,
  edited_at: null,
  resolved_at: null,
  resolved_by: null,
  deleted: false,
  version: 1,
  visibility: "everyone",
  mentions: [],
  reactions: [],
  assigned: null,
  drawn: false,
  attachments: [],
  issues: [],
  ...rest,
});

test("threads stand by their moment, replies by their instant", () => {
  const all = [
    comment("late", { at_ms: 9000 }),
    comment("second", { parent_id: "late", created_at: 3 }),
    comment("first", { parent_id: "late", created_at: 2 }),
    comment("early", { at_ms: 10 }),
  ];
  expect(threads(all).map(({ root, replies }) => [root.id, replies.map(({ id }) => id)])).toEqual([
    ["early", []],
    ["late", ["first", "second"]],
  ]);
});

test("a deleted comment stays only while somebody's reply hangs on it", () => {
  const gone = comment("gone", { deleted: true });
  expect(threads([gone])).toEqual([]);
  expect(threads([gone, comment("reply", { parent_id: "gone" })])).toHaveLength(1);
  expect(threads([gone, comment("reply", { parent_id: "gone", deleted: true })])).toEqual([]);
});

test("an event never takes away that a comment is mine, whichever comes first", () => {
  const event = comment("a");
  const answer = comment("a", { mine: true });
  expect(upsert(upsert([], event, null), answer, null)).toEqual([answer]);
  expect(upsert(upsert([], answer, null), event, null)).toEqual([answer]);
});

test("a member knows the comments made on another device", () => {
  const event = comment("a", { author: { name: "Sam", kind: "member", id: "sam", agent: false } });
  expect(upsert([], event, "sam")[0]?.mine).toBe(true);
  expect(upsert([], event, "jo")[0]?.mine).toBe(false);
});

test("a comment lights up as the playhead passes, a range for as long as it lasts", () => {
  const list = threads([
    comment("point", { at_ms: 1000 }),
    comment("range", { at_ms: 2000, end_ms: 20_000 }),
  ]);
  const at = (ms: number) => [...activeThreads(list, ms)];
  expect(at(999)).toEqual([]);
  expect(at(1000)).toEqual(["point"]);
  expect(at(3000)).toEqual(["point", "range"]);
  expect(at(19_999)).toEqual(["range"]);
  expect(at(20_000)).toEqual([]);
});

test("a thread in which nothing changed stays the same object", () => {
  const all = [comment("a"), comment("b"), comment("reply", { parent_id: "b" })];
  const before = threads(all);
  const after = threads(upsert(all, comment("a", { resolved_at: 5 }), null), before);
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).toBe(before[1]);
  const replied = threads([...all, comment("another", { parent_id: "b" })], before);
  expect(replied[0]).toBe(before[0]);
  expect(replied[1]).not.toBe(before[1]);
});

test("what goes leaves its place to the comment below, the last one to the one above", () => {
  const list = threads([comment("a"), comment("reply", { parent_id: "a" }), comment("b", { at_ms: 2000 })]);
  expect(neighbour(list, "a")).toBe("reply");
  expect(neighbour(list, "reply")).toBe("b");
  expect(neighbour(list, "b")).toBe("reply");
  expect(neighbour(threads([comment("a")]), "a")).toBeNull();
  expect(neighbour(list, "unknown")).toBeNull();
});
