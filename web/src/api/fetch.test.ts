import { afterEach, describe, expect, it, vi } from "vitest";
import { address, client } from "./fetch";

const answers = (body: string | null, init: ResponseInit) => {
  const fetched = vi.fn(async (_url: string, _init: RequestInit) => new Response(body, init));
  vi.stubGlobal("fetch", fetched);
  return fetched;
};

describe("address", () => {
  it("fills the places in and leaves out what is not said", () => {
    expect(address("/api/watch/{slug}/marks", { path: { slug: "a/b c" } })).toBe(
      "/api/watch/a%2Fb%20c/marks",
    );
    const query = { tag: ["a", "b"], q: "x&y", none: null, un: undefined, no: false, zero: 0 };
    expect(address("/api/recordings", { query })).toBe("/api/recordings?tag=a&tag=b&q=x%26y&no=false&zero=0");
    expect(address("/api/me", { query: { none: null } })).toBe("/api/me");
  });
});

describe("client", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sends JSON with the headers of the call, and reads JSON", async () => {
    const fetched = answers('{"id":"1"}', { status: 201 });
    const params = { path: { id: "7" }, header: { "If-Match": '"3"' } };
    const answer = await client.PATCH("/api/comments/{id}", { params, body: { body: "words" } });
    expect(answer.data).toEqual({ id: "1" });
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect(url).toBe("/api/comments/7");
    expect(init).toMatchObject({
      method: "PATCH",
      body: '{"body":"words"}',
      headers: { "Content-Type": "application/json", "If-Match": '"3"' },
    });
  });

  it("sends no body and reads none where there is none", async () => {
    const fetched = answers(null, { status: 204 });
    const answer = await client.DELETE("/api/comments/{id}", { params: { path: { id: "7" } } });
    expect(answer.data).toBeUndefined();
    expect(answer.response.status).toBe(204);
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ body: null, headers: {} });
  });

  it("answers with what an error says, problem or not", async () => {
    answers('{"code":"gone"}', { status: 410 });
    expect((await client.GET("/api/me")).error).toEqual({ code: "gone" });
    answers("<h1>Bad Gateway</h1>", { status: 502 });
    expect((await client.GET("/api/me")).error).toBe("<h1>Bad Gateway</h1>");
    answers("<h1>A login page</h1>", { status: 200 });
    await expect(client.GET("/api/me")).rejects.toThrow();
  });
});
