/** `i` and `o`: begin and end a range to comment on; loaded when one of them is pressed. */
import type { WatchSession } from "../watch/session.svelte";
import { settings } from "../watch/settings.svelte";

/** A word goes on within this, in milliseconds. */
const WORD = 300;
/** What the player's own keys are: none of them shows that somebody types text. */
const PLAYER = " jklmfc<>?";

export class RangeKeys {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #previous = { key: "", at: Number.NEGATIVE_INFINITY };

  /** `mark` is called with the key and where the player stood; with an empty key where it turns out that text is typed. */
  constructor(
    private readonly session: WatchSession,
    private readonly mark: (key: string, ms: number) => void,
  ) {}

  handle(event: KeyboardEvent): void {
    const { key, target, timeStamp } = event;
    const field =
      target instanceof HTMLElement &&
      (target.isContentEditable || target.matches("input, textarea, select"));
    if (key.length !== 1 || field || event.ctrlKey || event.metaKey || event.altKey) return;
    const { session } = this;
    const previous = this.#previous;
    this.#previous = { key, at: timeStamp };
    clearTimeout(this.#timer);
    if (key !== "i" && key !== "o") {
      if (!PLAYER.includes(key)) this.mark("", 0);
      return;
    }
    // In the middle of a word it is a letter.
    if (timeStamp - previous.at < 2 * WORD && !" io".includes(previous.key)) return;
    const may = settings.singleKeys && session.info?.may_comment === true && session.player.started;
    if (!may || event.repeat) return;
    const { time, paused } = session.mediator.current();
    // A picture that stands may still be on its way to where it was asked to stand.
    const at = () => (paused ? session.mediator.current().time : time);
    this.#timer = setTimeout(() => this.mark(key, at() * 1000), WORD);
  }
}
