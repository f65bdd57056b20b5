/** The keyboard of the watch page: from an event to what it does, and back where the keys turn out to be text. */
import type { PlayerState, Request } from "../player/requests";
import { type Meaning, meaning, repeats, type Stroke } from "./keys";
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
  readonly tell: () => void;
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
    const stroke: Stroke = { key: event.key, chord, held: event.repeat, focus };
    const means = meaning(stroke, parts.singleKeys());
    // In the open help only text is of interest: the question mark that opened it was part of it.
    if (parts.help.open && (means || focus === "field")) return;
    if (means && event.repeat && !repeats(means)) {
      event.preventDefault();
      return;
    }
    const verdict = this.#typing.judge(stroke, means, event.timeStamp, parts.state());
    if (verdict.kind !== "act" && stroke.key.length === 1) clearTimeout(this.#fullscreen);
    if (verdict.kind === "revert") this.#revert(verdict.acts);
    const tells = verdict.kind === "tell" && !parts.help.open;
    if (tells && parts.mayComment() && parts.singleKeys()) parts.tell();
    // A blank within a sentence would scroll the page.
    const blank = event.key === " " && focus !== "control" && focus !== "field";
    if (verdict.kind !== "act" && blank) event.preventDefault();
    if (!means || verdict.kind !== "act" || (means.kind === "comment" && !parts.mayComment())) return;
    if (means.kind !== "escape") event.preventDefault();
    this.#act(means);
  }

  #act(means: Meaning): void {
    const { request, state, comment, help, announce } = this.parts;
    switch (means.kind) {
      case "request":
        request(means.request);
        if (means.request.type === "faster") announce(`Speed ${state().rate}`);
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
    if (acts.some(({ means }) => means.kind === "help")) this.parts.help.open = false;
    for (const request of takenBack(acts)) this.parts.request(request);
  }
}

const FIELD = "textarea, select, input:not([type=checkbox], [type=radio])";
const CONTROL = "button, a, input, summary, [role=slider], [role=spinbutton]";

function focusOf(target: EventTarget | null, scrolls: boolean): Stroke["focus"] {
  if (!(target instanceof HTMLElement)) return "page";
  if (target.isContentEditable || target.matches(FIELD)) return "field";
  if (target.matches(CONTROL)) return "control";
  return scrolls || target.closest(".side") ? "list" : "page";
}

/** What brings the player back to where it stood before `acts`; what they did not touch stays as it is. */
export function takenBack(acts: readonly Act<PlayerState>[]): Request[] {
  const before = acts[0]?.before;
  if (!before) return [];
  const did = new Set(acts.map(({ means }) => (means.kind === "request" ? means.request.type : means.kind)));
  const requests: Request[] = [];
  if (did.has("toggle")) requests.push({ type: before.paused || before.ended ? "pause" : "play" });
  if (did.has("toggle") || did.has("skip")) requests.push({ type: "seek", to: before.time });
  if (did.has("mute")) requests.push({ type: "mute", on: before.muted });
  if (did.has("fullscreen")) requests.push({ type: "fullscreen", on: before.fullscreen });
  if (did.has("faster")) requests.push({ type: "rate", to: before.rate });
  return requests;
}
