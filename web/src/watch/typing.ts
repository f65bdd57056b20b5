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
  /** `hint`: somebody types text outside a field; say how to write a comment. */
  | { readonly kind: "act" | "ignore" | "hint" }
  /** Undo these, in the order in which they were done. */
  | { readonly kind: "revert"; readonly acts: readonly Act<Before>[] };

/** Text that pauses for so long is over, in milliseconds. */
const PAUSE = 1000;
/** Keys that follow one another within this are one run, in milliseconds: somebody who looks for each key types one a second. */
const RUN_GAP = 2000;
/** A key pressed so many times in a row is not text. */
const MEANT_REPEATS = 3;
/** A run with more shortcuts than this is not text: no word begins with so many shortcut letters. */
const MAX_ACTS = 4;
/** After so many characters of text the hint is shown. */
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

  /** Classifies a key press at time `at`: `action` is its shortcut, if it is one, `before` the state of the player. */
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
    const previous = this.#key;
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
    // A range is begun and ended by these (`comments/range-keys.ts`), also right after the picture was stopped. They may begin a word.
    const range = press.key === "i" || press.key === "o";
    const alone = this.#acts.length === 0 || (this.#acts.length === 1 && previous === " ");
    if (range && alone && !this.#typingText) return { kind: "ignore" };
    return this.#addText();
  }

  /** Begins a new run. */
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
