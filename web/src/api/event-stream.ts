/**
 * The event stream of a recording, held open while the page is visible and has a connection from the pool; polled while
 * it is visible without one, closed while it is hidden. It resumes by the number of the last event, so nothing is missed in between.
 */
import { type ConnectionPool, connections } from "./connections";

/** Milliseconds between two polls of a visible page without a connection. */
const POLL_INTERVAL = 3000;
/** How long such a poll stays connected after the stream has opened, in milliseconds. */
const POLL_WINDOW = 300;
/** A stream that was away for longer may have outlived what it resumes from, in milliseconds. */
const STALE_AFTER = 60_000;

export interface StreamListener {
  /** Connected, for the first time or `again` after an interruption that somebody may have noticed. */
  opened(again: boolean): void;
  lost(): void;
  refused(): void;
  message(name: string, data: string): void;
}

export interface StreamParts {
  readonly open: (after: string) => EventSource;
  readonly names: readonly string[];
  readonly connections: Pick<ConnectionPool, "share" | "observe" | "activate">;
  readonly document: Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">;
  readonly now: () => number;
}

export class EventStream {
  #source: EventSource | null = null;
  #after: string;
  #opened = false;
  /** The browser has lost the connection and tries again. */
  #lost = false;
  #leftAt: number | null = null;
  /** The stream is kept open; else it is polled. */
  #keepsOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #release: () => void;

  constructor(
    after: number,
    private readonly listener: StreamListener,
    private readonly parts: StreamParts,
  ) {
    this.#after = String(after);
    const update = () => this.#update();
    const unobserve = parts.connections.observe(update);
    parts.document.addEventListener("visibilitychange", update);
    this.#release = () => {
      unobserve();
      parts.document.removeEventListener("visibilitychange", update);
    };
    this.#update();
  }

  close(): void {
    this.#release();
    this.#leave();
    this.parts.connections.activate(false);
  }

  #update(): void {
    const seen = this.parts.document.visibilityState === "visible";
    this.parts.connections.activate(seen);
    const keepsOpen = seen && this.parts.connections.share > 0;
    if (!seen || (this.#keepsOpen && !keepsOpen)) this.#leave();
    // Nothing can have been missed in the moment since the stream was left.
    if (seen && this.#keepsOpen && !keepsOpen) this.#wait(POLL_INTERVAL, () => this.#update());
    this.#keepsOpen = keepsOpen;
    if (keepsOpen) this.#wait(null);
    if (this.#source === null && seen && this.#timer === undefined) this.#open();
  }

  #leave(): void {
    this.#wait(null);
    if (this.#source === null) return;
    this.#source.close();
    this.#source = null;
    this.#leftAt = this.parts.now();
  }

  /** Calls `then` in `ms`, or never. */
  #wait(ms: number | null, then: () => void = () => {}): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (ms === null) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      then();
    }, ms);
  }

  /** A polled stream is closed a moment after it has opened, when it has sent what there is. */
  #polled(): void {
    if (this.#keepsOpen) return;
    this.#wait(POLL_WINDOW, () => {
      this.#leave();
      this.#wait(POLL_INTERVAL, () => this.#update());
    });
  }

  #open(): void {
    const source = this.parts.open(this.#after);
    this.#source = source;
    source.addEventListener("open", () => {
      const away = this.#leftAt === null ? 0 : this.parts.now() - this.#leftAt;
      const again = this.#lost || away > STALE_AFTER;
      if (!this.#opened || again) this.listener.opened(this.#opened);
      this.#opened = true;
      this.#lost = false;
      this.#leftAt = null;
      this.#polled();
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        this.#leave();
        this.listener.refused();
      } else {
        this.#lost = true;
        this.listener.lost();
      }
    });
    for (const name of this.parts.names) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId !== "") this.#after = event.lastEventId;
        this.listener.message(name, event.data);
      });
    }
  }
}

/** What a page has: its document, its connections, the browser's own `EventSource`. */
export const onPage = (names: readonly string[], url: (after: string) => string): StreamParts => ({
  open: (after) => new EventSource(url(after)),
  names,
  connections,
  document,
  now: () => performance.now(),
});
