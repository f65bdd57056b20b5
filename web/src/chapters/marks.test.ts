import { describe, expect, it } from "vitest";
import type { Mark } from "../api/types";
import { neighbour } from "./keys";
import { chapterAt, chapterName, receive, snap } from "./marks";

const mark = (id: string, at_ms: number, title = "", version = 1): Mark => ({ id, at_ms, title, version });
const marks = [mark("a", 5000, "Set-up"), mark("b", 20_000), mark("c", 60_000, "The bug")];

describe("chapters", () => {
  it("come and go as the server tells, by time; an older version of one changes nothing", () => {
    expect(receive(marks, mark("d", 7000)).map(({ id }) => id)).toEqual(["a", "d", "b", "c"]);
    expect(receive(marks, mark("a", 70_000, "Later", 2)).map(({ id }) => id)).toEqual(["b", "c", "a"]);
    expect(receive([mark("a", 1, "New", 3)], mark("a", 1, "Old", 2))[0]?.title).toBe("New");
    expect(receive(marks, { id: "b", deleted: true }).map(({ id }) => id)).toEqual(["a", "c"]);
  });
  it("are called by their title, or by their number", () => {
    expect(marks.map((it) => chapterName(marks, it))).toEqual(["Set-up", "Chapter 2", "The bug"]);
    expect(chapterAt(marks, 19_999)?.id).toBe("a");
    expect(chapterAt(marks, 4999)).toBeNull();
  });
  it("follow one another by key; back leads to the beginning of this one first", () => {
    expect(neighbour(marks, 5000, 1)).toBe(20_000);
    expect(neighbour(marks, 61_000, 1)).toBeNull();
    expect(neighbour(marks, 30_000, -1)).toBe(20_000);
    expect(neighbour(marks, 21_000, -1)).toBe(5000);
    expect(neighbour(marks, 3000, -1)).toBe(0);
    expect(neighbour([], 3000, -1)).toBeNull();
  });
  it("attract a click beside them", () => {
    expect(snap(marks, 20_400, 500)).toBe(20_000);
    expect(snap(marks, 20_600, 500)).toBe(20_600);
    expect(snap([], 7, 500)).toBe(7);
  });
});
