import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Finder } from "./finder.svelte";
import type { SearchItem, SearchPage } from "./requests";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const item = (text: string) =>
  ({ text, kind: "speech", at_ms: null, comment_id: null, recording: { id: "1" } }) as SearchItem;

/** A server whose answers come when they are told to. */
function scripted() {
  const asked: {
    q: string;
    cursor: string | null;
    signal: AbortSignal;
    answer: (page: SearchPage | Error) => void;
  }[] = [];
  const ask = (q: string, cursor: string | null, signal: AbortSignal) =>
    new Promise<SearchPage>((resolve, reject) => {
      const answer = (page: SearchPage | Error) => (page instanceof Error ? reject(page) : resolve(page));
      asked.push({ q, cursor, signal, answer });
    });
  return { asked, finder: new Finder(ask) };
}

test("what is typed quickly is one question", async () => {
  const { asked, finder } = scripted();
  for (const text of ["f", "fo", "fox"]) finder.look(text, "pause");
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.map(({ q }) => q)).toEqual(["fox"]);
  asked[0]?.answer({ items: [item("the fox")], next: null });
  await vi.runAllTimersAsync();
  expect(finder.items?.map(({ text }) => text)).toEqual(["the fox"]);
  expect([finder.busy, finder.shown]).toEqual([false, "fox"]);
});

test("an older question is given up, and its answer does not count", async () => {
  const { asked, finder } = scripted();
  finder.look("old", "once");
  finder.look("new", "once");
  expect(asked[0]?.signal.aborted).toBe(true);
  asked[1]?.answer({ items: [item("new")], next: null });
  asked[0]?.answer({ items: [item("old")], next: null });
  await vi.runAllTimersAsync();
  expect(finder.items?.map(({ text }) => text)).toEqual(["new"]);
});

test("an error keeps what was found, and is taken back by the next answer", async () => {
  const { asked, finder } = scripted();
  finder.look("a", "once");
  asked[0]?.answer({ items: [item("a")], next: "n" });
  await vi.runAllTimersAsync();
  const more = finder.more();
  expect(asked[1]?.cursor).toBe("n");
  asked[1]?.answer(new Error("The server sleeps."));
  await more;
  expect([finder.error, finder.items?.length]).toEqual(["The server sleeps.", 1]);
  finder.again();
  asked[2]?.answer({ items: [item("b")], next: null });
  await vi.runAllTimersAsync();
  expect([finder.error, finder.items?.map(({ text }) => text)]).toEqual(["", ["b"]]);
  finder.look("  ", "pause");
  expect([finder.items, finder.busy]).toEqual([null, false]);
});

test("a hit that moved to the next page, or is there twice, is shown once", async () => {
  const { asked, finder } = scripted();
  finder.look("a", "once");
  asked[0]?.answer({ items: [item("a"), item("b"), item("b")], next: "n" });
  await vi.runAllTimersAsync();
  expect(finder.items?.map(({ text }) => text)).toEqual(["a", "b"]);
  const more = finder.more();
  asked[1]?.answer({ items: [item("b"), item("c")], next: null });
  await more;
  expect(finder.items?.map(({ text }) => text)).toEqual(["a", "b", "c"]);
});
