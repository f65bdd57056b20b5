import { expect, test } from "vitest";
import { add, expire, extend, remove, shown, type ToastList, undoable } from "./toastList";

let id = 0;
const say = (list: ToastList, text: string, now: number, undo = false, topic: string | null = null) => {
  id += 1;
  return add(list, { id, text, kind: "done", undo: undo ? () => {} : null, topic }, now);
};
const text = (list: ToastList) => shown(list)?.text ?? null;

test("a toast stays 4 seconds, one with Undo 10", () => {
  const copied = say([], "Link copied", 0);
  expect(text(expire(copied, 3999))).toBe("Link copied");
  expect(text(expire(copied, 4000))).toBeNull();
  const deleted = say([], "Comment deleted", 0, true);
  expect(text(expire(deleted, 9999))).toBe("Comment deleted");
  expect(text(expire(deleted, 10_000))).toBeNull();
});

test("one at a time: a newer toast takes the place of the older", () => {
  const list = say(say([], "Link copied", 0), "Token copied", 1000);
  expect(text(list)).toBe("Token copied");
  expect(text(expire(list, 5000)), "and the older does not come back").toBeNull();
});

test("an act that can be undone waits behind a newer toast and is shown again after it", () => {
  const list = say(say([], "Comment deleted", 0, true), "Link copied", 1000);
  expect(text(list)).toBe("Link copied");
  expect(undoable(list)?.text).toBe("Comment deleted");
  expect(text(expire(list, 5000))).toBe("Comment deleted");
  expect(text(expire(list, 10_000))).toBeNull();
});

test("acts are undone the newest first", () => {
  const list = say(say([], "First deleted", 0, true), "Second deleted", 1000, true);
  expect(undoable(list)?.text).toBe("Second deleted");
  const rest = remove(list, undoable(list)?.id ?? -1);
  expect(undoable(rest)?.text).toBe("First deleted");
});

test("the opposite act retires the older, so that no two toasts contradict each other", () => {
  const members = say([], "Only members can watch now", 0, true, "audience");
  const both = say(members, "Anyone with the link can watch now", 1000, true, "audience");
  expect(both.map((it) => it.text)).toEqual(["Anyone with the link can watch now"]);
  expect(say(both, "Could not be changed", 2000, false, "audience").map((it) => it.text)).toEqual([
    "Could not be changed",
  ]);
});

test("the time stands while somebody looks at it", () => {
  const list = extend(say(say([], "A", 0, true), "B", 0, true), 5000);
  expect(expire(list, 14_999)).toHaveLength(2);
  expect(expire(list, 15_000)).toHaveLength(0);
});

test("a toast that somebody is about to use stays, and a newer one waits, unless it is about the same", () => {
  const toast = (text: string, topic: string | null) => {
    id += 1;
    return { id, text, kind: "done" as const, undo: () => {}, topic };
  };
  const deleted = add([], toast("Comment deleted", "a"), 0);
  const waiting = add(deleted, toast("Renamed", "b"), 1000, true);
  expect(text(waiting)).toBe("Comment deleted");
  expect(undoable(waiting)?.text, "Ctrl+Z undoes the newest").toBe("Renamed");
  expect(text(remove(waiting, shown(waiting)?.id ?? -1))).toBe("Renamed");
  expect(text(add(deleted, toast("Comment restored", "a"), 1000, true))).toBe("Comment restored");
});
