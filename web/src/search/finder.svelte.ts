/** What is typed, and what is found for it: asked for when the typing pauses, and only the newest question counts. */
import { errorMessage } from "../api/problem";
import { joined } from "./hits";
import type { SearchItem, SearchPage } from "./requests";

/** Typing that pauses for so long is a question, in milliseconds. */
const PAUSE = 150;

export type Ask = (q: string, cursor: string | null, signal: AbortSignal) => Promise<SearchPage>;

export class Finder {
  /** What is asked for. */
  asked = $state("");
  /** What was found for `shown`; null before anything was. */
  items = $state.raw<readonly SearchItem[] | null>(null);
  shown = $state("");
  next = $state<string | null>(null);
  error = $state("");
  busy = $state(false);

  readonly #ask: Ask;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = new AbortController();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Looks for `text`: at once, or when the typing pauses. */
  look(text: string, at: "once" | "pause"): void {
    const same = text === this.asked;
    this.asked = text;
    clearTimeout(this.#timer);
    if (text.trim() === "") {
      this.#running.abort();
      this.items = null;
      this.next = null;
      this.error = "";
      this.shown = text;
      this.busy = false;
      return;
    }
    if (same && at === "pause") return;
    this.busy = true;
    if (at === "once") void this.#run(null);
    else this.#timer = setTimeout(() => void this.#run(null), PAUSE);
  }

  /** Asks once more after an error. */
  again(): void {
    void this.#run(null);
  }

  async more(): Promise<void> {
    if (this.next !== null && !this.busy) await this.#run(this.next);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#running.abort();
  }

  async #run(cursor: string | null): Promise<void> {
    this.#running.abort();
    const running = new AbortController();
    this.#running = running;
    const text = this.asked;
    this.busy = true;
    this.error = "";
    try {
      const page = await this.#ask(text, cursor, running.signal);
      if (running.signal.aborted) return;
      this.items = joined(cursor === null ? [] : (this.items ?? []), page.items);
      this.next = page.next;
      this.shown = text;
    } catch (problem) {
      if (running.signal.aborted) return;
      this.error = errorMessage(problem);
    }
    this.busy = false;
  }
}
