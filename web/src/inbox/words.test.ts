import { describe, expect, it } from "vitest";
import type { Notice } from "./requests";
import { href, KINDS, who } from "./words";

const notice: Notice = {
  id: "1",
  kind: "answer",
  created_at: 0,
  read: false,
  done: false,
  later_until: null,
  recording: { id: "2", slug: "abc", title: "Bug", owner_name: "Sam", thumbnail_url: null },
  by: { id: null, name: "Mo" },
  comment: { id: "3", at_ms: 83_400, text: "yes" },
  thread_id: "3",
  message: null,
};

describe("a notice", () => {
  it("leads to its second, and to the page where that is the first", () => {
    expect(href(notice)).toBe("/w/abc?t=83");
    expect(href({ ...notice, comment: null })).toBe("/w/abc");
  });
  it("is somebody's, if only of whose recording it is", () => {
    expect(who(notice)).toBe("Mo");
    expect(who({ ...notice, by: null })).toBe("Somebody");
    expect(who({ ...notice, kind: "reminder", by: null })).toBe("Sam");
  });
  it("has a name in the settings, whatever its kind", () => {
    expect(Object.keys(KINDS)).toHaveLength(13);
  });
});
