import { describe, expect, it } from "vitest";
import { embedSlug, isNested, memory, pageOf } from "./address";

describe("an embedded page", () => {
  it("knows its recording by its address, and where the whole page of it is", () => {
    expect(embedSlug("/e/0123456789abcdefABCDEF")).toBe("0123456789abcdefABCDEF");
    expect(embedSlug("/e/abc/")).toBe("abc");
    for (const path of ["/w/abc", "/e/", "/e/a/b", "/e/a-b", "/x/e/abc"]) expect(embedSlug(path)).toBeNull();
    expect([pageOf("abc", 0.9), pageOf("abc", 61.7)]).toEqual(["/w/abc", "/w/abc?t=61"]);
  });

  it("keeps what it has to while it is open", () => {
    const store = memory();
    expect(store.getItem("a")).toBeNull();
    store.setItem("a", "1");
    expect(store.getItem("a")).toBe("1");
  });

  it("is nested only in a page of the same server", () => {
    const page = (parent: unknown) => {
      const it = { location: { origin: "https://a.test" } } as Record<string, unknown>;
      it.parent = parent ?? it;
      return it as unknown as Window;
    };
    expect(isNested(page(null))).toBe(false);
    expect(isNested(page({ location: { origin: "https://a.test" } }))).toBe(true);
    expect(isNested(page({ location: { origin: "https://b.test" } }))).toBe(false);
    const closed = Object.defineProperty({}, "location", {
      get: () => {
        throw new DOMException("blocked", "SecurityError");
      },
    });
    expect(isNested(page(closed))).toBe(false);
  });
});
