/** The keyboard of the watch page: from an event to what it does, and back where the keys turn out to be text. */
import type { PlayerState, Request } from "../player/requests";
import { actionOf, isRepeatable, type KeyAction, type KeyPress } from "./keys";
import { type Act, Typing } from "./typing";

/** Full screen waits for so long, in milliseconds: "fix" would flash it. */
const FULLSCREEN_DELAY = 300;

export interface KeyboardParts {
  readonly state: () => PlayerState;
  readonly request: (request: Request) => void;
  readonly singleKeys: () => boolean;
  readonly mayComment: () => boolean;
  readonly comment: () => void;
  readonly help: { open: boolean };
  /** Somebody writes a comment to the page instead of to its field. */
  readonly hint: () => void;
  readonly announce: (text: string) => void;
  /** The page itself is a list that scrolls. */
  readonly scrolls: () => boolean;
}

export class Keyboard {
  readonly #typing = new Typing<PlayerState>();
  #fullscreen: ReturnType<typeof setTimeout> | undefined;

  /** `parts` change when the page takes over from the shell; what was typed is remembered across that. */
  constructor(public parts: KeyboardParts) {}

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const { parts } = this;
    const chord = event.ctrlKey || event.metaKey || event.altKey;
    const focus = focusOf(event.target, parts.scrolls());
    const press: KeyPress = { key: event.key, chord, held: event.repeat, focus };
    const action = actionOf(press, parts.singleKeys());
    // In the open help only text is of interest: the question mark that opened it was part of it.
    if (parts.help.open && (action || focus === "field")) return;
    if (action && event.repeat && !isRepeatable(action)) {
      event.preventDefault();
      return;
    }
    const verdict = this.#typing.classify(press, action, event.timeStamp, parts.state());
    if (verdict.kind !== "act" && press.key.length === 1) clearTimeout(this.#fullscreen);
    if (verdict.kind === "revert") this.#revert(verdict.acts);
    const hints = verdict.kind === "hint" && !parts.help.open;
    if (hints && parts.mayComment() && parts.singleKeys()) parts.hint();
    // A blank within a sentence would scroll the page.
    const blank = event.key === " " && focus !== "control" && focus !== "field";
    if (verdict.kind !== "act" && blank) event.preventDefault();
    if (!action || verdict.kind !== "act" || (action.kind === "comment" && !parts.mayComment())) return;
    if (action.kind !== "escape") event.preventDefault();
    this.#act(action);
  }

  #act(action: KeyAction): void {
    const { request, state, comment, help, announce } = this.parts;
    switch (action.kind) {
      case "request":
        request(action.request);
        if (action.request.type === "faster") announce(`Speed ${state().rate}`);
        break;
      case "mute":
        request({ type: "mute", on: !state().muted });
        break;
      case "fullscreen":
        clearTimeout(this.#fullscreen);
        this.#fullscreen = setTimeout(
          () => request({ type: "fullscreen", on: !state().fullscreen }),
          FULLSCREEN_DELAY,
        );
        break;
      case "help":
        help.open = true;
        break;
      case "escape":
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
        break;
      case "comment":
        if (state().fullscreen) request({ type: "fullscreen", on: false });
        comment();
        break;
    }
  }

  #revert(acts: readonly Act<PlayerState>[]): void {
    if (acts.some(({ action }) => action.kind === "help")) this.parts.help.open = false;
    for (const request of revertRequests(acts)) this.parts.request(request);
  }
}

const FIELD = "textarea, select, input:not([type=checkbox], [type=radio])";
const CONTROL = "button, a, input, summary, [role=slider], [role=spinbutton]";

function focusOf(target: EventTarget | null, scrolls: boolean): KeyPress["focus"] {
  if (!(target instanceof HTMLElement)) return "page";
  if (target.isContentEditable || target.matches(FIELD)) return "field";
  if (target.matches(CONTROL)) return "control";
  return scrolls || target.closest(".side") ? "list" : "page";
}

/** What brings the player back to where it stood before `acts`; what they did not touch stays as it is. */
export function revertRequests(acts: readonly Act<PlayerState>[]): Request[] {
  const before = acts[0]?.before;
  if (!before) return [];
  const did = new Set(
    acts.map(({ action }) => (action.kind === "request" ? action.request.type : action.kind)),
  );
  const requests: Request[] = [];
  if (did.has("toggle")) requests.push({ type: before.paused || before.ended ? "pause" : "play" });
  if (did.has("toggle") || did.has("skip")) requests.push({ type: "seek", to: before.time });
  if (did.has("mute")) requests.push({ type: "mute", on: before.muted });
  if (did.has("fullscreen")) requests.push({ type: "fullscreen", on: before.fullscreen });
  if (did.has("faster")) requests.push({ type: "rate", to: before.rate });
  return requests;
}
