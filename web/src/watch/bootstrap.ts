/**
 * The first stage of the watch page: loads the recording into the player and handles play, seek and keyboard input. It
 * needs neither the framework nor the components. Those are loaded when the first picture is decoded, or when somebody
 * does something that needs them (a comment, help, full screen); such actions are queued until then (`PendingActions`).
 */
import "./watch.css";
import { getComments, getTranscript } from "../api/client";
import type { Me, Said, Transcript, Watch } from "../api/types";
import type { StartedComment } from "../comments/draft";
import { Mediator } from "../player/mediator";
import { parseClock } from "../ui/time";
import { Keyboard } from "./keyboard";
import { openMedia } from "./media";
import { loadPosition } from "./position";
import { Shell } from "./shell";
import { loadSingleKeys } from "./single-keys";
import type { WatchRequest } from "./watch-request";

/** The components are loaded after this even if no picture was decoded, in milliseconds. */
const MAX_DELAY = 3000;

/** Actions of the first stage that the components carry out. */
export interface PendingActions {
  readonly comment: StartedComment | null;
  readonly help: boolean;
  /** Somebody typed text outside a field: say how to write a comment. */
  readonly hint: boolean;
  readonly fullscreen: boolean;
  /** The `data-testid` of what had the focus. */
  readonly focused: string | null;
}

export class Bootstrap {
  readonly slug: string;
  /** Where it starts, in seconds: where the link asks for, else where this viewer stopped. */
  readonly from: number;
  /** It starts where this viewer stopped. */
  readonly resumed: boolean;
  readonly mediator = new Mediator();
  readonly watch: Promise<Watch>;
  readonly me: Promise<Me>;
  /** Answers that have arrived: the page can show them in its first frame. */
  readonly answers: { watch: Watch | null; me: Me | null } = { watch: null, me: null };
  readonly keyboard: Keyboard;
  /** Sent when the components are requested. */
  reads: { readonly comments: Promise<Said>; readonly transcript: Promise<Transcript> } | null = null;
  readonly #shell: Shell;
  readonly #stop = new AbortController();
  readonly #help = { open: false };
  readonly #unobserve: (() => void)[] = [];
  #hint = false;
  #fullscreen = false;
  #comment: Omit<StartedComment, "body"> | null = null;
  #requestComponents: () => void = () => {};

  constructor(target: HTMLElement, request: WatchRequest, query: URLSearchParams) {
    this.slug = request.slug;
    const linked = query.get("t");
    this.from = linked === null ? loadPosition(localStorage, this.slug) : (parseClock(linked) ?? 0) / 1000;
    this.resumed = linked === null && this.from > 0;
    this.watch = request.watch;
    this.me = request.me;
    this.#shell = new Shell(target, {
      video: this.mediator.video,
      toggle: () => this.mediator.request({ type: "toggle" }),
      fullscreen: () => this.#keepFullscreen(),
    });
    this.keyboard = new Keyboard({
      state: () => this.mediator.current(),
      request: (request) =>
        request.type === "fullscreen" ? this.#keepFullscreen(request.on) : this.mediator.request(request),
      singleKeys: () => loadSingleKeys(localStorage),
      // Unknown until the answer arrives; if it is false, the page drops the comment.
      mayComment: () => this.answers.watch?.may_comment ?? true,
      comment: () => this.#begin(),
      help: this.#help,
      hint: () => {
        this.#hint = true;
        this.#requestComponents();
      },
      announce: () => {},
      scrolls: () => false,
    });
    addEventListener("keydown", this.#key, { signal: this.#stop.signal });
    request.me.then((me) => (this.answers.me = me)).catch(() => {});
    request.watch.then((watch) => this.#open(watch)).catch(() => {});
  }

  /** Resolves when the components should be loaded. */
  async componentsNeeded(): Promise<void> {
    const { signal } = this.#stop;
    await new Promise<void>((resolve) => {
      this.#requestComponents = resolve;
      this.mediator.video.addEventListener("loadeddata", () => resolve(), { signal });
      addEventListener("pointerdown", (event) => (event.target as Element).closest(".picture") || resolve(), {
        signal,
      });
      setTimeout(resolve, MAX_DELAY);
      // Nothing to play: the page says why, or waits for a picture.
      this.watch.then(
        ({ playback }) => playback ?? resolve(),
        () => resolve(),
      );
      this.#unobserve.push(this.mediator.observe(({ failure }) => failure && resolve()));
      if (this.#comment || this.#fullscreen || this.#help.open) resolve();
    });
    if (!this.answers.watch) return;
    this.reads = { comments: getComments(this.slug), transcript: getTranscript(this.slug) };
    for (const read of Object.values(this.reads)) read.catch(() => {}); // The page reports errors.
  }

  /** Shows that the components could not be loaded. */
  fail(): void {
    this.#shell.fail(
      "This page could not be loaded whole. The recording can be watched; reload for its comments.",
    );
  }

  /** Removes the shell and returns the queued actions. Called when the components are mounted and show the video. */
  handOver(): PendingActions {
    const body = this.#shell.field.value;
    const pending = {
      comment: this.#comment && { ...this.#comment, body },
      help: this.#help.open,
      hint: this.#hint,
      fullscreen: this.#fullscreen,
      focused: this.#shell.focused,
    };
    this.#stop.abort();
    for (const stop of this.#unobserve) stop();
    this.#shell.remove();
    return pending;
  }

  #open(watch: Watch): void {
    this.answers.watch = watch;
    const { width, height } = watch.tracks.find(({ name }) => name === "video") ?? {};
    this.#shell.name(watch.title || "Untitled recording", width && height ? { width, height } : null);
    openMedia(this.mediator, watch, this.from);
    if (watch.playback) this.#unobserve.push(this.mediator.observe((state) => this.#shell.show(state)));
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.#comment && !event.isComposing) this.#cancel();
    else this.keyboard.handle(event);
    if (this.#help.open || event.key === "Tab") this.#requestComponents();
  };

  #begin(): void {
    const { paused, ended, time } = this.mediator.state;
    this.#comment = { at_ms: Math.round(time * 1000), played: !paused && !ended };
    this.mediator.request({ type: "pause" });
    this.#shell.field.focus();
    this.#requestComponents();
  }

  #cancel(): void {
    if (this.#comment?.played) this.mediator.request({ type: "play" });
    this.#comment = null;
    this.#shell.field.value = "";
    this.#shell.field.blur();
  }

  #keepFullscreen(on = true): void {
    this.#fullscreen = on;
    this.#requestComponents();
  }
}
