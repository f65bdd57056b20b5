/** Keeps one track's buffer filled ahead of the playhead: plan, fetch, append, until told to stop. */
import { type Cursor, locate, step } from "./plan";
import type { Piece, Playlist } from "./playlist";
import { endOfRun } from "./ranges";
import { Signal } from "./signal";
import type { Sink } from "./sink";
import { MediaMissing, type Transport } from "./transport";

export interface FeedParts {
  readonly sink: Pick<Sink, "ranges" | "append" | "reset" | "busy">;
  readonly transport: Pick<Transport, "get">;
  readonly playhead: () => number;
  /** How many seconds to hold ahead of the playhead. */
  readonly goal: () => number;
  /** Called after every append and when there is nothing to do. */
  readonly progressed: () => void;
}

export class Feed {
  readonly #signal = new Signal();
  #cursor: Cursor;
  /** End of what was loaded since the last seek, in seconds. */
  #reached: number | null = null;
  #load: { readonly from: Cursor; readonly stop: AbortController } | null = null;
  #bufferFull = false;
  #idle = false;
  #retriedAt: number | null = null;
  /** The init that what is appended next is decoded with. */
  #init: { readonly uri: string; readonly appended: Promise<void> } | null = null;

  constructor(
    readonly name: string,
    public playlist: Playlist,
    private readonly parts: FeedParts,
  ) {
    this.#cursor = locate(playlist, this.#clamp(parts.playhead()));
  }

  /** Everything from the playhead to the end of an ended recording is buffered. */
  get complete(): boolean {
    return this.#load === null && step(this.playlist, this.#cursor).kind === "end";
  }

  get sink(): FeedParts["sink"] {
    return this.parts.sink;
  }

  update(playlist: Playlist): void {
    // A recording that was interrupted and went on has a longer last segment than the one we loaded.
    const regrown = this.playlist.ended && (!playlist.ended || this.playlist.end !== playlist.end);
    this.playlist = playlist;
    if (regrown) this.seek(this.parts.playhead());
    this.wake();
  }

  /** Time has passed, or the goal has changed. */
  wake(): void {
    this.#bufferFull = false;
    this.#signal.notify();
  }

  /** The playhead has jumped to `time`: load from there, unless that is what happens anyway. */
  seek(time: number): void {
    const at = this.#clamp(time);
    const held = endOfRun(this.parts.sink.ranges, at);
    // A little past the seam, so that a rounded duration does not load the finished segment again.
    const to = locate(this.playlist, held === null ? at : held + 0.05);
    const now = this.#load?.from ?? this.#cursor;
    const underway = held === null ? this.#load !== null && now.part === to.part : now.part >= to.part;
    if (now.msn !== to.msn || !underway) {
      this.#load?.stop.abort();
      this.#cursor = to;
      this.#reached = held;
      this.#idle = false;
    }
    this.wake();
  }

  /**
   * The very end of an ended recording is its last piece: a cursor behind it counts as complete, and a media source that
   * ends without that piece cuts the duration down to what is buffered.
   */
  #clamp(time: number): number {
    return this.playlist.ended ? Math.max(0, Math.min(time, this.playlist.end - 0.05)) : time;
  }

  /** Nothing is under way, and nothing is to be done before time passes or the playlist changes. */
  get idle(): boolean {
    return this.#idle;
  }

  /** Loads the place at `time` again if it is missing and ought to be there; tries each place once. */
  retryMissing(time: number): boolean {
    const missing = endOfRun(this.parts.sink.ranges, time) === null && this.playlist.end > time + 1;
    if (!this.#idle || !missing || this.#retriedAt === time) return false;
    this.#retriedAt = time;
    this.seek(time);
    return !this.#idle;
  }

  async run(signal: AbortSignal): Promise<void> {
    const begin = step(this.playlist, this.#cursor);
    const first = this.#decodeWith("init" in begin ? begin.init : this.playlist.init, signal);
    while (!signal.aborted) {
      const next = step(this.playlist, this.#cursor);
      if (
        next.kind === "load" &&
        next.after.part === 0 &&
        this.#cursor.part === 0 &&
        this.#hasPiece(next.piece)
      ) {
        // Only whole segments are passed over: what comes after one begins with an independent picture.
        this.#cursor = next.after;
      } else if (next.kind === "load" && !this.#bufferFull && this.#bufferedAhead() < this.parts.goal()) {
        await this.#fetchPiece(next.piece, next.after, next.init, signal);
      } else {
        await first;
        this.#idle = true;
        this.parts.progressed();
        await this.#signal.wait();
        this.#idle = false;
      }
    }
  }

  #hasPiece(piece: Piece): boolean {
    const held = endOfRun(this.parts.sink.ranges, piece.start);
    return held !== null && held >= piece.start + piece.duration - 0.05;
  }

  #bufferedAhead(): number {
    const now = this.parts.playhead();
    // What was loaded behind a gap counts as well, or the whole take would be loaded before a gap is reached.
    return Math.max(endOfRun(this.parts.sink.ranges, now) ?? now, this.#reached ?? now) - now;
  }

  #decodeWith(uri: string, signal: AbortSignal): Promise<void> {
    if (this.#init?.uri !== uri) {
      const { sink, transport } = this.parts;
      const appended = transport
        .get(uri, signal, (answer) => answer.arrayBuffer())
        .then((bytes) => sink.append(bytes));
      appended.catch(() => {}); // Told by whoever awaits it.
      this.#init = { uri, appended };
    }
    return this.#init.appended;
  }

  async #fetchPiece(piece: Piece, after: Cursor, init: string, signal: AbortSignal): Promise<void> {
    const { sink, transport } = this.parts;
    const stop = new AbortController();
    const load = { from: this.#cursor, stop };
    this.#load = load;
    const either = AbortSignal.any([signal, stop.signal]);
    let begun = false;
    try {
      await transport.get(piece.uri, either, async (answer) => {
        if (begun) await sink.reset();
        for await (const bytes of bodyOf(answer, piece)) {
          await this.#decodeWith(init, signal);
          either.throwIfAborted();
          begun = true;
          await sink.append(bytes);
          this.parts.progressed();
        }
      });
      if (!stop.signal.aborted) {
        this.#cursor = after;
        this.#reached = piece.start + piece.duration;
      }
    } catch (error) {
      if (signal.aborted) throw error;
      if (begun) await sink.reset();
      if (error instanceof MediaMissing) {
        // The playlist we hold does not say so yet.
        if (!stop.signal.aborted) this.#cursor = after;
      } else if (!stop.signal.aborted) {
        if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
        // No room although the past was dropped: the piece is taken up again when time has passed.
        this.#cursor = { msn: load.from.msn, part: 0 };
        this.#bufferFull = true;
      }
    } finally {
      this.#load = null;
    }
    this.parts.progressed();
  }
}

/**
 * A segment is appended while it arrives, so that its first picture does not wait for its last. A part is
 * appended whole: if its connection broke half-way, decoding could not begin again at it.
 */
async function* bodyOf(answer: Response, piece: Piece): AsyncGenerator<BufferSource> {
  if (!answer.body || piece.duration <= 1) {
    yield await answer.arrayBuffer();
    return;
  }
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Frees the connection when we stop early; after the end it does nothing.
    reader.cancel().catch(() => {});
  }
}
