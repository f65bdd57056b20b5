/** A `SourceBuffer` with promises. It takes one operation at a time, so operations queue here. */
import { type Range, toRanges } from "./ranges";

/** How much of the past is kept when room is needed, in seconds. */
const KEEP_BEHIND = 15;

export class Sink {
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly buffer: SourceBuffer,
    private readonly source: MediaSource,
    private readonly playhead: () => number,
  ) {}

  get ranges(): Range[] {
    // A buffer that its source has let go of throws instead of being empty.
    return [...this.source.sourceBuffers].includes(this.buffer) ? toRanges(this.buffer.buffered) : [];
  }

  get busy(): boolean {
    return this.buffer.updating;
  }

  /** Resolves when the bytes are parsed and buffered. Makes room once when the buffer is full, then rejects. */
  append(bytes: BufferSource): Promise<void> {
    return this.#queue(async () => {
      try {
        await this.#operate(() => this.buffer.appendBuffer(bytes));
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
        const until = this.playhead() - KEEP_BEHIND;
        if (until <= 0) throw error;
        await this.#operate(() => this.buffer.remove(0, until));
        await this.#operate(() => this.buffer.appendBuffer(bytes));
      }
    });
  }

  /** Forgets a half-appended piece; the next one must begin with an independent picture. */
  reset(): Promise<void> {
    return this.#queue(async () => {
      if (this.source.readyState === "open") this.buffer.abort();
    });
  }

  #queue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task, task);
    this.#tail = run.catch(() => {});
    return run;
  }

  #operate(start: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (event: Event) => {
        this.buffer.removeEventListener("updateend", settle);
        this.buffer.removeEventListener("error", settle);
        if (event.type === "error") reject(new Error("unreadable media"));
        else resolve();
      };
      this.buffer.addEventListener("updateend", settle);
      this.buffer.addEventListener("error", settle);
      try {
        start();
      } catch (error) {
        this.buffer.removeEventListener("updateend", settle);
        this.buffer.removeEventListener("error", settle);
        reject(error);
      }
    });
  }
}
