/**
 * Tells text that is typed at the page, with no field focused, from single-key shortcuts: "look" is not ten seconds on
 * and a pause. Pure. Times are those of the events (`timeStamp`, in milliseconds), so a page that is slow to handle them
 * judges as a quick one does.
 *
 * A shortcut acts at once. A character that is no shortcut shows that it is text: until it pauses no single key acts,
 * and what the shortcuts right before it did is undone, all of them, since a slow typist's blank and letters have acted
 * one by one. A key three times in a row, or held down, is in no text: it is meant, and so is the run of keys it is in.
 */
import type { KeyAction, KeyPress } from "./keys";

/** What a shortcut did, and how the player stood before. */
export interface Act<Before> {
  readonly action: KeyAction;
  readonly before: Before;
}

export type Verdict<Before> =
  /** `hint`: say how a comment is begun; somebody writes one to the page. */
  | { readonly kind: "act" | "ignore" | "hint" }
  /** Undo these, in the order in which they were done. */
  | { readonly kind: "revert"; readonly acts: readonly Act<Before>[] };

/** Text that pauses for so long is over, in milliseconds. */
const PAUSE = 1000;
/** Keys that follow one another within this are one run, in milliseconds: somebody who looks for each key types one a second. */
const RUN_GAP = 2000;
/** So many times one key in a row is in no text. */
const MEANT_REPEATS = 3;
/** More shortcuts than this in a run are in no text: no word has so many of their letters before another one. */
const MAX_ACTS = 4;
/** So many characters without an answer are no slip. */
const SENTENCE = 4;

export class Typing<Before> {
  #at = Number.NEGATIVE_INFINITY;
  #key = "";
  #times = 0;
  /** Shortcuts of this run that may turn out to be text. */
  #acts: Act<Before>[] = [];
  /** The shortcuts of this run are no text. */
  #meant = false;
  /** Text is being typed: no single key acts. */
  #typingText = false;
  /** Characters of text in this run. */
  #characters = 0;
  #told = false;

  /** What becomes of a press that action `action`, made at `at` with the player as in `before`. */
  classify(press: KeyPress, action: KeyAction | null, at: number, before: Before): Verdict<Before> {
    if (press.chord || press.focus === "field") return { kind: action ? "act" : "ignore" };
    if ([...press.key].length !== 1) {
      // Arrows and Escape are no text; Shift may belong to some.
      if (action) this.#reset();
      return { kind: action ? "act" : "ignore" };
    }
    const gap = at - this.#at;
    if (gap > RUN_GAP) this.#reset();
    if (gap > PAUSE) this.#typingText = false;
    this.#times = press.key === this.#key ? this.#times + 1 : 1;
    this.#key = press.key;
    this.#at = at;
    const meant = press.held || this.#times >= MEANT_REPEATS;
    if (action && (!this.#typingText || meant)) {
      this.#typingText = false;
      this.#act(action, before, meant);
      return { kind: "act" };
    }
    // A control answers to Space itself.
    if (!this.#typingText && press.key === " ") return { kind: "ignore" };
    return this.#addText();
  }

  /** Nothing of before belongs to what comes. */
  #reset(): void {
    this.#acts = [];
    this.#meant = false;
    this.#typingText = false;
    this.#characters = 0;
    this.#told = false;
    this.#key = "";
    this.#times = 0;
  }

  #act(action: KeyAction, before: Before, meant: boolean): void {
    // Whoever begins a comment has meant what came before it.
    this.#meant ||= meant || action.kind === "comment" || this.#acts.length === MAX_ACTS;
    if (this.#meant) this.#acts = [];
    else this.#acts.push({ action, before });
  }

  #addText(): Verdict<Before> {
    this.#typingText = true;
    this.#characters += this.#acts.length + 1;
    const acts = this.#acts;
    this.#acts = [];
    this.#meant = false;
    if (acts.length > 0) return { kind: "revert", acts };
    if (this.#told || this.#characters < SENTENCE) return { kind: "ignore" };
    this.#told = true;
    return { kind: "hint" };
  }
}
