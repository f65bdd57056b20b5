import { afterEach, expect, test, vi } from "vitest";
import { Feed } from "./feed";
import type { Piece, Playlist, Segment } from "./playlist";
import type { Range } from "./ranges";
import { MediaMissing } from "./transport";

/** Segments of 6 s with parts of 1 s; the last is open when the recording runs. `parts` says how many parts there are. */
function playlist(parts: number, ended: boolean): Playlist {
  const segments: Segment[] = [];
  for (let first = 0, msn = 0; first < parts; first += 6, msn += 1) {
    const last = Math.min(first + 6, parts) - 1;
    const piece = (n: number): Piece => ({
      uri: `${n}-${n}`,
      start: n,
      duration: 1,
      independent: n % 6 === 0,
    });
    segments.push({
      msn,
      start: first,
      duration: last - first + 1,
      init: "init",
      uri: ended || last - first === 5 ? `${first}-${last}` : null,
      parts: Array.from({ length: last - first + 1 }, (_, i) => piece(first + i)),
    });
  }
  return { init: "init", segments, ended, partTarget: 1, skipUntil: 0, beginsAt: null, end: parts };
}

/** A buffer that understands pieces named `first-last`, and a server that sends what is asked. */
class World {
  readonly log: string[] = [];
  now = 0;
  goal = 40;
  /** Seconds after which the buffer is full. */
  room = Number.POSITIVE_INFINITY;
  /** Pieces whose answer is held back until it is released. */
  readonly held = new Map<string, () => void>();
  readonly hold = new Set<string>();
  /** Pieces that the server has lost. */
  readonly missing = new Set<string>();
  readonly stop = new AbortController();
  init = "";
  /** Which init each piece was decoded with. */
  readonly decoded = new Map<string, string>();
  #ranges: Range[] = [];

  readonly sink = {
    busy: false,
    append: async (bytes: BufferSource) => {
      const uri = new TextDecoder().decode(bytes as ArrayBuffer);
      if (uri.startsWith("init")) {
        if (uri !== "init") this.log.push(uri);
        this.init = uri;
        return;
      }
      this.decoded.set(uri, this.init);
      const [first = 0, last = 0] = uri.split("-").map(Number);
      if (this.seconds + last - first + 1 > this.room) throw new DOMException("full", "QuotaExceededError");
      this.log.push(uri);
      this.#add([first, last + 1]);
    },
    reset: async () => {},
    ranges: [] as Range[],
  };

  readonly transport = {
    get: async <T>(path: string, signal: AbortSignal, read: (answer: Response) => Promise<T>): Promise<T> => {
      if (this.hold.has(path)) {
        await new Promise<void>((resolve, reject) => {
          this.held.set(path, resolve);
          signal.addEventListener("abort", () => {
            this.log.push(`stopped ${path}`);
            reject(signal.reason);
          });
        });
      }
      if (this.missing.has(path)) throw new MediaMissing(path);
      return read(new Response(path));
    },
  };

  get seconds(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  forget(until: number): void {
    this.lose(0, until);
  }

  lose(from: number, to: number): void {
    this.#ranges = this.#ranges.flatMap(([start, end]): Range[] => [
      ...(start < from ? [[start, Math.min(end, from)] as const] : []),
      ...(end > to ? [[Math.max(start, to), end] as const] : []),
    ]);
    this.sink.ranges = this.#ranges;
  }

  feed(list: Playlist): Feed {
    const { sink, transport } = this;
    const parts = { sink, transport, playhead: () => this.now, goal: () => this.goal, progressed: () => {} };
    const feed = new Feed("video", list, parts);
    feed.run(this.stop.signal).catch(() => {});
    return feed;
  }

  #add([from, to]: Range): void {
    const sorted = [...this.#ranges, [from, to] as const].sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const [start, end] of sorted) {
      const last = merged.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else merged.push([start, end]);
    }
    this.#ranges = merged;
    this.sink.ranges = this.#ranges;
  }
}

let world: World;
afterEach(() => world.stop.abort());
const idle = (log: string[]) => vi.waitFor(() => expect(world.log).toEqual(log));

test("segments are loaded in order, as far ahead as the goal says and no further", async () => {
  world = new World();
  world.goal = 10;
  const feed = world.feed(playlist(30, true));
  await idle(["0-5", "6-11"]);
  expect(feed.complete).toBe(false);
  world.now = 5;
  feed.wake();
  await idle(["0-5", "6-11", "12-17"]);
  world.goal = 100;
  feed.wake();
  await idle(["0-5", "6-11", "12-17", "18-23", "24-29"]);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
});

test("a recording in progress goes on part by part, and its end brings only what is lacking", async () => {
  world = new World();
  const feed = world.feed(playlist(8, false));
  await idle(["0-5", "6-6", "7-7"]);
  feed.update(playlist(9, false));
  await idle(["0-5", "6-6", "7-7", "8-8"]);
  feed.update(playlist(10, true));
  await idle(["0-5", "6-6", "7-7", "8-8", "9-9"]);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
});

test("a jump to the very end, or behind it, loads the last piece and is not complete before that", async () => {
  for (const to of [30, 99_999]) {
    world = new World();
    world.goal = 5;
    const feed = world.feed(playlist(30, true));
    await idle(["0-5"]);
    world.now = to;
    feed.seek(to);
    expect(feed.complete).toBe(false);
    await idle(["0-5", "24-29"]);
    await vi.waitFor(() => expect(feed.complete).toBe(true));
    feed.seek(to);
    await vi.waitFor(() => expect(feed.complete).toBe(true));
    expect(world.log, "and loads it once").toEqual(["0-5", "24-29"]);
    world.stop.abort();
  }
});

test("a link behind the end begins with the last piece", async () => {
  world = new World();
  world.now = 99_999;
  world.feed(playlist(30, true));
  await idle(["24-29"]);
});

test("a jump stops what is under way and begins where decoding can", async () => {
  world = new World();
  world.hold.add("6-11");
  const feed = world.feed(playlist(60, true));
  await vi.waitFor(() => expect(world.held.has("6-11")).toBe(true));
  world.goal = 6;
  world.now = 45;
  feed.seek(45);
  await idle(["0-5", "stopped 6-11", "42-47", "48-53"]);
});

test("a jump into what is loaded loads nothing again", async () => {
  world = new World();
  const feed = world.feed(playlist(30, true));
  const all = ["0-5", "6-11", "12-17", "18-23", "24-29"];
  await idle(all);
  world.now = 3;
  feed.seek(3);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
  expect(world.log).toEqual(all);
});

test("a way back to the beginning joins what was loaded further on", async () => {
  world = new World();
  world.now = 18;
  const feed = world.feed(playlist(30, true));
  await idle(["18-23", "24-29"]);
  world.now = 0;
  feed.seek(0);
  await idle(["18-23", "24-29", "0-5", "6-11", "12-17"]);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
});

test("a full buffer is tried again when time has passed", async () => {
  world = new World();
  world.room = 12;
  const feed = world.feed(playlist(18, true));
  await idle(["0-5", "6-11"]);
  world.now = 7;
  world.forget(6);
  world.room = 100;
  feed.wake();
  await vi.waitFor(() => expect(world.log).toContain("12-17"));
});

test("a recording that went on while nobody followed it is loaded without a hole", async () => {
  world = new World();
  const feed = world.feed(playlist(9, true));
  await idle(["0-5", "6-8"]);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
  feed.update(playlist(18, true));
  await idle(["0-5", "6-8", "6-11", "12-17"]);
});

test("what is missing at the playhead is loaded again, once", async () => {
  world = new World();
  const feed = world.feed(playlist(18, true));
  await idle(["0-5", "6-11", "12-17"]);
  await vi.waitFor(() => expect(feed.idle).toBe(true));
  world.lose(6, 12);
  world.now = 7;
  expect(feed.retryMissing(7)).toBe(true);
  await idle(["0-5", "6-11", "12-17", "6-11"]);
  await vi.waitFor(() => expect(feed.idle).toBe(true));
  world.lose(6, 12);
  expect(feed.retryMissing(7)).toBe(false);
});

test("an interrupted recording that goes on is followed from where it stopped", async () => {
  world = new World();
  const feed = world.feed(playlist(9, true));
  await idle(["0-5", "6-8"]);
  await vi.waitFor(() => expect(feed.complete).toBe(true));
  // At first it is only open again; what is new comes later.
  feed.update(playlist(9, false));
  feed.update(playlist(10, false));
  await vi.waitFor(() => expect(world.log).toContain("9-9"));
  expect(feed.complete).toBe(false);
});

test("a gap is passed over, and no more is loaded behind it than the goal says", async () => {
  world = new World();
  world.goal = 14;
  const list = playlist(60, true);
  const segments = list.segments.map((segment) =>
    segment.msn === 1 ? { ...segment, gap: true, parts: [] } : segment,
  );
  const feed = world.feed({ ...list, segments });
  await idle(["0-5", "12-17"]);
  await vi.waitFor(() => expect(feed.idle).toBe(true));
  expect(feed.retryMissing(0)).toBe(false);
});

test("a piece that the server has lost is passed over", async () => {
  world = new World();
  world.missing.add("6-11");
  world.feed(playlist(18, true));
  await idle(["0-5", "12-17"]);
});

test("a piece is decoded with its own init: forward over a change, back over it, and where nothing changed none is appended again", async () => {
  world = new World();
  world.goal = 100;
  const list = playlist(24, true);
  const segments = list.segments.map((segment, n) => ({ ...segment, init: n < 2 ? "init" : "init-2" }));
  const feed = world.feed({ ...list, segments });
  await idle(["0-5", "6-11", "init-2", "12-17", "18-23"]);
  // Forgotten, as a browser does with what lies far behind; then the viewer goes back, and on again.
  world.forget(24);
  world.log.length = 0;
  world.goal = 5;
  world.now = 7;
  feed.seek(7);
  await idle(["6-11"]);
  world.now = 13;
  feed.seek(13);
  await idle(["6-11", "init-2", "12-17"]);
  expect(Object.fromEntries(world.decoded)).toEqual({
    "0-5": "init",
    "6-11": "init",
    "12-17": "init-2",
    "18-23": "init-2",
  });
});
