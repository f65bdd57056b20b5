/** Which stretches of a recording are played, from what the player says of itself. Pure. */
import type { PlayerState } from "../player/requests";

export interface Stretch {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** What lies further apart was skipped, in seconds: a page in the background hears of the time only now and then. */
const SKIPPED = 3;

export class Played {
  #from: number | null = null;
  #to = 0;
  #stretches: Stretch[] = [];

  observe({ time, paused, seeking }: Pick<PlayerState, "time" | "paused" | "seeking">): void {
    const playing = !paused && !seeking;
    if (this.#from !== null && (time < this.#to || time - this.#to > SKIPPED)) this.#cut();
    if (this.#from === null) {
      if (playing) this.#from = time;
    }
    this.#to = time;
    if (!playing) this.#cut();
  }

  /** Seconds that were not taken yet. */
  get seconds(): number {
    const open = this.#from === null ? 0 : this.#to - this.#from;
    return this.#stretches.reduce((sum, { from_ms, to_ms }) => sum + (to_ms - from_ms) / 1000, open);
  }

  /** What was played since this was asked last. */
  take(): readonly Stretch[] {
    const goesOn = this.#from !== null;
    this.#cut();
    if (goesOn) this.#from = this.#to;
    const taken = this.#stretches;
    this.#stretches = [];
    return taken;
  }

  #cut(): void {
    if (this.#from !== null && this.#to > this.#from) {
      this.#stretches.push({ from_ms: Math.round(this.#from * 1000), to_ms: Math.round(this.#to * 1000) });
    }
    this.#from = null;
  }
}
