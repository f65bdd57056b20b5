import { expect, test } from "vitest";
import { backoff, MediaClosed, MediaMissing, Transport, type TransportParts } from "./transport";

const signal = new AbortController().signal;
const read = (answer: Response) => answer.text();

/** Answers in turn; a string is a body, a number a status, null a lost connection. */
function transport(answers: (string | number | null)[]) {
  const log: string[] = [];
  const parts: TransportParts = {
    renew: async () => {
      log.push("renew");
      return "/media/fresh/master.m3u8";
    },
    trouble: (now) => void log.push(now ? "trouble" : "fine"),
    fetch: async (url) => {
      log.push(url);
      const answer = answers.shift();
      if (answer === null || answer === undefined) throw new TypeError("failed to fetch");
      return typeof answer === "number" ? new Response("", { status: answer }) : new Response(answer);
    },
    wait: async (ms) => void log.push(`wait ${ms}`),
  };
  return {
    log,
    get: (path: string) => new Transport("/media/old/master.m3u8", parts).get(path, signal, read),
  };
}

test("a link that has run out is renewed and the same piece asked again", async () => {
  const { log, get } = transport([403, "piece"]);
  expect(await get("video/0-3.m4s")).toBe("piece");
  expect(log).toEqual(["/media/old/video/0-3.m4s", "renew", "/media/fresh/video/0-3.m4s"]);
});

test("a link that is refused again after its renewal is closed to us", async () => {
  const { get } = transport([403, 403]);
  await expect(get("video.m3u8")).rejects.toBeInstanceOf(MediaClosed);
});

test("a lost connection and a server in trouble are tried until they answer", async () => {
  const { log, get } = transport([null, 503, 429, "piece"]);
  expect(await get("a")).toBe("piece");
  expect(log.filter((line) => !line.startsWith("/"))).toEqual([
    "wait 250",
    "trouble",
    "wait 500",
    "wait 1000",
    "fine",
  ]);
});

test("what is gone is not asked for again", async () => {
  const { log, get } = transport([410]);
  await expect(get("a")).rejects.toMatchObject({ status: 410 });
  expect(log).toHaveLength(1);
});

test("repeats never come rarer than every eight seconds", () => {
  expect([0, 3, 5, 30].map(backoff)).toEqual([250, 2000, 8000, 8000]);
});

test("a piece that the server has lost is not waited for, whatever a proxy's 503 is", async () => {
  const lost = new Response(JSON.stringify({ code: "part_lost" }), {
    status: 503,
    headers: { "content-type": "application/problem+json" },
  });
  const answers = [new Response("<html>", { status: 503 }), lost];
  const parts: TransportParts = {
    renew: async () => "",
    trouble: () => {},
    fetch: async () => answers.shift() ?? new Response("too late"),
    wait: async () => {},
  };
  await expect(new Transport("/m/master.m3u8", parts).get("a", signal, read)).rejects.toBeInstanceOf(
    MediaMissing,
  );
  expect(answers).toEqual([]);
});
