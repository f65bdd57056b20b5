/**
 * Fetches below `/media/{capability}/`. The one layer that repeats a media request: a lost connection and a
 * server in trouble are tried again for as long as anybody waits, a link that has run out is renewed.
 */

export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export interface TransportParts {
  /** Asks for a fresh master playlist URL; rejects as `fetch` does, or with `MediaClosed`. */
  readonly renew: () => Promise<string>;
  /** Called when the server stops answering, and when it answers again. */
  readonly trouble: (now: boolean) => void;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait: Wait;
}

/** The media is no longer there for us: deleted, or closed to us. */
export class MediaClosed extends Error {
  constructor(readonly status: number) {
    super(`media answered ${status}`);
  }
}

const isRetryable = (status: number) => status >= 500 || status === 408 || status === 429;

/** The server says that it has lost this piece. It may come back, but nobody waits for it. */
export class MediaMissing extends Error {}

/** Milliseconds before the n-th repeat (from 0): quick at first, never rarer than every 8 s. */
export const backoff = (n: number) => Math.min(8000, 250 * 2 ** n);

export class Transport {
  #base: string;
  #renewal: Promise<void> | null = null;
  #troubled = false;

  constructor(
    master: string,
    private readonly parts: TransportParts,
  ) {
    this.#base = folder(master);
  }

  /** The whole answer to `path`, handed to `read`; repeated as one, so that half a body is never taken for all. */
  async get<T>(path: string, signal: AbortSignal, read: (answer: Response) => Promise<T>): Promise<T> {
    let renewed = false;
    let failures = 0;
    for (;;) {
      try {
        const answer = await this.parts.fetch(this.#base + path, { signal, credentials: "omit" });
        if (answer.ok) {
          const value = await read(answer);
          this.#trouble(false);
          return value;
        }
        if (answer.status === 403 && !renewed) {
          renewed = true;
          await this.renew();
          continue;
        }
        if (answer.status === 503 && (await answer.text()).includes('"part_lost"')) {
          this.#trouble(false);
          throw new MediaMissing(path);
        }
        if (!isRetryable(answer.status)) throw new MediaClosed(answer.status);
      } catch (error) {
        // A TypeError is how fetch says that the connection failed; all else is ours to pass on.
        if (signal.aborted || !(error instanceof TypeError)) throw error;
      }
      // A single lost request is not reported.
      if (failures > 0) this.#trouble(true);
      await this.parts.wait(backoff(failures), signal);
      failures += 1;
    }
  }

  #trouble(now: boolean): void {
    if (this.#troubled === now) return;
    this.#troubled = now;
    this.parts.trouble(now);
  }

  /** One renewal serves everybody who found the link run out at the same time. */
  async renew(): Promise<void> {
    this.#renewal ??= this.parts.renew().then((master) => {
      this.#base = folder(master);
    });
    try {
      await this.#renewal;
    } finally {
      this.#renewal = null;
    }
  }
}

function folder(master: string): string {
  return master.slice(0, master.lastIndexOf("/") + 1);
}

/** Waits `ms`, or rejects when `signal` fires. Wakes early when the browser says the network is back. */
export const waitOnWindow: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const wake = () => done(resolve);
    const stop = () => done(() => reject(signal.reason));
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
