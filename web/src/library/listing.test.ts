import { expect, test } from "vitest";
import { Listing } from "./listing.svelte";

/** A server with these recordings, three to a page. */
function listing(server: { ids: string }) {
  return new Listing((before: string | null) => {
    const from = before === null ? 0 : server.ids.indexOf(before);
    const items = [...server.ids.slice(from, from + 3)].map((id) => ({ id }));
    return Promise.resolve({ items, next: server.ids[from + 3] ?? null });
  });
}
const ids = ({ items }: { items: readonly { id: string }[] | null }) => items?.map(({ id }) => id).join("");

test("pages come one after the other, and the first one anew without losing what is below", async () => {
  const server = { ids: "abcdefg" };
  const list = listing(server);
  expect(list.state).toBe("loading");
  await list.refresh();
  expect([ids(list), list.next]).toEqual(["abc", "d"]);
  expect(await list.more(), "the first of the new page").toBe("d");
  server.ids = "xabcdefg";
  await list.refresh();
  expect([ids(list), list.next]).toEqual(["xabcdef", "g"]);
  await list.more();
  expect([ids(list), list.next, list.state]).toEqual(["xabcdefg", null, "ready"]);
});

test("what goes leaves its neighbour, and the last one nothing", async () => {
  const list = listing({ ids: "abc" });
  await list.refresh();
  expect(list.remove("b")).toBe("c");
  expect(list.remove("c")).toBe("a");
  expect(list.remove("a")).toBeNull();
  expect(list.state).toBe("empty");
});
