/**
 * How a viewer likes to look: captions, silences, the wide page; remembered in this browser. Loaded when somebody chooses something,
 * or has chosen before.
 */
import { attachMediaSession } from "./media-session";
import type { WatchSession } from "./session.svelte";
import { settings } from "./settings.svelte";
import { silenceEnd } from "./silence";

const KEY = "aside.viewing";
/** Pixels of a letter. */
export const SIZES = { small: 14, normal: 18, large: 26, huge: 36 } as const;
export type Size = keyof typeof SIZES;

interface Chosen {
  size: Size;
  top: boolean;
  skip: boolean;
  theatre: boolean;
}
const DEFAULTS: Chosen = { size: "normal", top: false, skip: false, theatre: false };

/** What was kept, field by field. */
function load(): Chosen {
  try {
    const found = (JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {}) as Partial<
      Record<keyof Chosen, unknown>
    >;
    const size = Object.keys(SIZES).find((name) => name === found.size) as Size | undefined;
    return {
      size: size ?? DEFAULTS.size,
      top: found.top === true,
      skip: found.skip === true,
      theatre: found.theatre === true,
    };
  } catch {
    return DEFAULTS;
  }
}

/** Seconds of a picture where a recorder takes thirty a second. */
const FRAME = 1 / 30;

export class Viewing {
  #chosen = $state.raw<Chosen>(load());
  readonly #sheet = new CSSStyleSheet();

  constructor(private readonly session: WatchSession) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
    const { video } = session.mediator;
    // Captions come again with every correction.
    video.addEventListener("load", () => this.#placeCaptions(), true);
    let skipping = false;
    session.mediator.observe(({ paused, time, live, started }) => {
      if (started) attachMediaSession(session);
      if (!this.#chosen.skip || paused || live || skipping) return;
      const to = silenceEnd(session.words, time * 1000);
      if (to === null) return;
      // A request tells its observers before it is done.
      skipping = true;
      session.request({ type: "seek", to: to / 1000 });
      skipping = false;
    });
    this.#apply();
  }

  get chosen(): Chosen {
    return this.#chosen;
  }

  choose(change: Partial<Chosen>): void {
    this.#chosen = { ...this.#chosen, ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#chosen));
    } catch {}
    this.#apply();
  }

  /** One picture on, or back; the recording then stands. */
  step(by: 1 | -1): void {
    this.session.request({ type: "pause" });
    this.session.request({ type: "skip", by: by * FRAME });
  }

  /** A key that was pressed: `,` and `.` step, `t` makes the page wide. */
  look(event?: KeyboardEvent): void {
    if (!event) return;
    const { key, target } = event;
    const field =
      target instanceof HTMLElement &&
      (target.isContentEditable || target.matches("input, textarea, select"));
    if (
      field ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      !settings.singleKeys
    )
      return;
    if (key === ",") this.step(-1);
    else if (key === ".") this.step(1);
    else if (key === "t" && !event.repeat) this.choose({ theatre: !this.#chosen.theatre });
    else return;
    event.preventDefault();
  }

  #apply(): void {
    const { size, theatre } = this.#chosen;
    this.#sheet.replaceSync(`.stage .screen video::cue { font-size: ${SIZES[size]}px }`);
    document.documentElement.classList.toggle("theatre", theatre);
    this.#placeCaptions();
  }

  #placeCaptions(): void {
    for (const track of this.session.mediator.video.textTracks) {
      for (const cue of track.cues ?? []) {
        if (cue instanceof VTTCue) cue.line = this.#chosen.top ? 0 : "auto";
      }
    }
  }
}

let viewing: Viewing | null = null;

/** The one of this page. */
export function viewingOf(session: WatchSession): Viewing {
  viewing ??= new Viewing(session);
  return viewing;
}
