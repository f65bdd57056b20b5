import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream, type StreamParts } from "./event-stream";

class Source extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 0;
  constructor(readonly after: string) {
    super();
  }
  close() {
    this.readyState = 2;
  }
  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  send(name: string, id: string) {
    this.dispatchEvent(new MessageEvent(name, { data: `"${name} ${id}"`, lastEventId: id }));
  }
}

function page() {
  const sources: Source[] = [];
  const said: string[] = [];
  const at = { now: 0 };
  const seen = Object.assign(new EventTarget(), { visibilityState: "visible" as DocumentVisibilityState });
  const observers = new Set<() => void>();
  const connections = {
    share: 4,
    observe: (observer: () => void) => {
      observers.add(observer);
      return () => observers.delete(observer);
    },
    activate: () => {},
  };
  const parts: StreamParts = {
    open: (after) => {
      const source = new Source(after);
      sources.push(source);
      return source as unknown as EventSource;
    },
    names: ["comment"],
    connections,
    document: seen as unknown as Document,
    now: () => at.now,
  };
  const stream = new EventStream(
    7,
    {
      opened: (again) => said.push(`opened ${again}`),
      lost: () => said.push("lost"),
      refused: () => said.push("refused"),
      message: (_, data) => said.push(data),
    },
    parts,
  );
  const show = (visibilityState: DocumentVisibilityState) => {
    seen.visibilityState = visibilityState;
    seen.dispatchEvent(new Event("visibilitychange"));
  };
  const share = (n: number) => {
    connections.share = n;
    for (const observer of observers) observer();
  };
  const open = () => sources.filter(({ readyState }) => readyState < 2);
  return { sources, said, at, stream, show, share, open };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a hidden page holds no stream, and goes on after the last event when it is shown", () => {
  const { sources, said, at, show, open } = page();
  sources[0]?.open();
  sources[0]?.send("comment", "9");
  show("hidden");
  expect(open()).toEqual([]);
  at.now = 30_000;
  show("visible");
  expect(sources[1]?.after).toBe("9");
  sources[1]?.open();
  expect(said).toEqual(["opened false", '"comment 9"']);
});

test("a page that was hidden for long reads everything again", () => {
  const { sources, said, at, show } = page();
  sources[0]?.open();
  show("hidden");
  at.now = 61_000;
  show("visible");
  sources[1]?.open();
  expect(said).toEqual(["opened false", "opened true"]);
});

test("a page without a line looks again and again, and keeps the stream when it gets one", () => {
  const { sources, said, share, open } = page();
  sources[0]?.open();
  share(0);
  expect(open()).toEqual([]);
  for (let n = 1; n <= 3; n++) {
    expect(sources).toHaveLength(n);
    if (n > 1) {
      expect(open()).toHaveLength(1);
      sources[n - 1]?.open();
      sources[n - 1]?.send("comment", String(n));
      vi.advanceTimersByTime(300);
      expect(open()).toEqual([]);
      vi.advanceTimersByTime(3000);
    } else {
      vi.advanceTimersByTime(3000);
    }
  }
  share(1);
  expect(open()).toHaveLength(1);
  sources.at(-1)?.open();
  vi.advanceTimersByTime(60_000);
  expect(open()).toHaveLength(1);
  expect(said).toEqual(["opened false", '"comment 2"', '"comment 3"']);
});

test("a stream that breaks off and comes back says so, and a refused one is not asked again", () => {
  const { sources, said, stream } = page();
  sources[0]?.open();
  sources[0]?.dispatchEvent(new Event("error"));
  sources[0]?.open();
  if (sources[0]) sources[0].readyState = 2;
  sources[0]?.dispatchEvent(new Event("error"));
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  stream.close();
  expect(said).toEqual(["opened false", "lost", "opened true", "refused"]);
});
