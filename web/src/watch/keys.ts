/** What a key means on the watch page. Pure: the event comes as plain data. */
import type { Request } from "../player/requests";

export interface Stroke {
  readonly key: string;
  /** Ctrl, Meta or Alt is down: the browser's business. */
  readonly chord: boolean;
  /**
   * What has the focus. A "field" takes text; a "control" answers to Space and arrows itself; a "list" scrolls with
   * the vertical arrows.
   */
  readonly focus: "page" | "list" | "control" | "field";
}

export type Meaning =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "comment" | "mute" | "fullscreen" | "help" | "escape" };

const request = (request: Request): Meaning => ({ kind: "request", request });

/**
 * `single` says whether keys without a modifier act at all; who uses speech input can switch them off
 * (WCAG 2.1.4). No letter but `c` begins a comment.
 */
export function meaning(stroke: Stroke, single: boolean): Meaning | null {
  const { key, focus } = stroke;
  if (stroke.chord || focus === "field") return null;
  if (key === "Escape") return { kind: "escape" };
  if (focus === "control" && (key === " " || key === "Enter" || key.startsWith("Arrow"))) return null;
  if (focus === "list" && (key === "ArrowUp" || key === "ArrowDown")) return null;
  switch (key) {
    case " ":
      return request({ type: "toggle" });
    case "ArrowLeft":
      return request({ type: "skip", by: -5 });
    case "ArrowRight":
      return request({ type: "skip", by: 5 });
    case "ArrowUp":
      return request({ type: "louder", by: 0.05 });
    case "ArrowDown":
      return request({ type: "louder", by: -0.05 });
  }
  if (!single) return null;
  switch (key) {
    case "k":
      return request({ type: "toggle" });
    case "j":
      return request({ type: "skip", by: -10 });
    case "l":
      return request({ type: "skip", by: 10 });
    case "<":
      return request({ type: "faster", by: -1 });
    case ">":
      return request({ type: "faster", by: 1 });
    case "m":
      return { kind: "mute" };
    case "f":
      return { kind: "fullscreen" };
    case "?":
      return { kind: "help" };
    case "c":
      return { kind: "comment" };
  }
  return null;
}

/** A letter that follows a shortcut sooner than this was typed with it, in milliseconds. */
const TOGETHER = 400;
/** A pause this long ends a sentence, in milliseconds. */
const PAUSE = 1000;
/** So many letters without an answer are no slip. */
const SENTENCE = 4;

/**
 * Tells text that is typed at the page, with no field focused, from shortcuts: "look" is not ten seconds on and a
 * pause. Text is known by its first letter that is no shortcut; until it pauses, no single key acts.
 */
export class Typing {
  #until = Number.NEGATIVE_INFINITY;
  #acted = Number.NEGATIVE_INFINITY;
  #letters = 0;

  /**
   * What becomes of a stroke that means `means` at `now` (milliseconds): it acts, it does nothing, what the stroke
   * before it did is taken back, or the person is told how to begin a comment.
   */
  hear(stroke: Stroke, means: Meaning | null, now: number): "act" | "ignore" | "revert" | "tell" {
    if (stroke.chord || stroke.focus === "field" || [...stroke.key].length !== 1)
      return means ? "act" : "ignore";
    if (now < this.#until) {
      this.#until = now + PAUSE;
      this.#letters += 1;
      return this.#letters === SENTENCE ? "tell" : "ignore";
    }
    if (means) {
      this.#acted = now;
      return "act";
    }
    // A control answers to Space itself.
    if (stroke.key === " ") return "ignore";
    this.#until = now + PAUSE;
    const together = now - this.#acted < TOGETHER;
    this.#letters = together ? 2 : 1;
    return together ? "revert" : "ignore";
  }
}
