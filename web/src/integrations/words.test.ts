import { describe, expect, it } from "vitest";
import type { Delivery, Destination } from "./requests";
import { EVENT_ORDER, outcome, standing, told } from "./words";

const BASE: Destination = {
  etag: "",
  id: "1",
  server: false,
  kind: "webhook",
  name: "Build",
  address: "https://example.org/",
  events: ["comment.created"],
  places: "all",
  chosen: [],
  created_at: 0,
  paused_at: null,
  paused_why: null,
  failures: 0,
  waiting: 0,
  hook_url: null,
  hooked: false,
  old_secret_until: null,
};

describe("words of integrations", () => {
  it("says how a destination is", () => {
    expect(standing(BASE)).toBe("Works");
    expect(standing({ ...BASE, waiting: 3 })).toBe("3 waiting");
    expect(standing({ ...BASE, failures: 1, waiting: 2 })).toBe("The last attempt failed, 2 waiting");
    expect(standing({ ...BASE, failures: 4 })).toBe("The last 4 attempts failed");
    expect(standing({ ...BASE, paused_at: 5, failures: 4 })).toBe("Paused");
    expect(standing({ ...BASE, paused_at: 5, paused_why: "it failed there (503)" })).toBe(
      "Paused, because it failed there (503)",
    );
  });

  it("says what a destination is told", () => {
    expect(told(BASE)).toBe("Comments and answers, of everything I may see");
    expect(told({ ...BASE, events: EVENT_ORDER, server: true })).toBe(
      "All events, of everything that every member may see",
    );
    const chosen = [{ id: "2", name: "", folder: true }];
    expect(told({ ...BASE, places: "chosen", chosen })).toBe("Comments and answers, of Untitled");
  });

  it("says what an attempt came to", () => {
    const delivery = { state: "waiting", last: null } as Delivery;
    expect(outcome(delivery)).toBe("Not tried yet");
    const last = { at: 0, status: 200, reason: null, took_ms: 1250, excerpt: "" };
    expect(outcome({ ...delivery, last })).toBe("200 in 1.3 sec");
    expect(outcome({ ...delivery, last: { ...last, status: null, reason: "no answer" } })).toBe("no answer");
  });
});
