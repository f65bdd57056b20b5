/**
 * What a watch page knows: the recording, who looks at it, its comments and words, and what the player said.
 * It keeps itself fresh from the event stream; components read it.
 */
import * as api from "../api/client";
import { type Events, subscribe } from "../api/events";
import { Problem } from "../api/problem";
import type { Me, Transcript, Watch, Word } from "../api/types";
import { Discussion } from "../comments/discussion.svelte";
import type { Mediator } from "../player/mediator";
import { atLiveEdge, initialState, type PlayerState, type Request } from "../player/requests";
import { clock } from "../ui/time";
import { announce, toast } from "../ui/toasts.svelte";
import type { Early } from "./early";
import { openMedia } from "./media";
import { Owner } from "./owner";
import { replaceWords } from "./words";

export type Status =
  | "loading"
  | "open"
  /** The link is good, and no picture has arrived yet. */
  | "waiting"
  | "not_found"
  | "forbidden"
  | "gone"
  | "unreachable";

/** Milliseconds until a page that shows something asks again after an error. */
const RETRY = 2000;

const CLOSED: Record<string, Status> = { members_only: "forbidden", gone: "gone", not_found: "not_found" };

/** Milliseconds until a page without a picture looks again; the n-th time, from 0. Null: it gives up. */
export function patience(status: Status, n: number): number | null {
  if (status === "waiting") return n < 60 ? 1000 : 5000;
  if (status === "unreachable") return Math.min(8000, 1000 * 2 ** Math.min(n, 3));
  // The link is printed before the recorder has reached the server; an hour later nobody is coming any more.
  if (status === "not_found") return n < 30 ? 1000 : n < 120 ? 5000 : null;
  // It may be opened to us again, or restored.
  if (status === "forbidden" || status === "gone") return Math.min(60_000, 5000 * 2 ** Math.min(n, 4));
  return null;
}

export class WatchSession {
  status = $state<Status>("loading");
  info = $state.raw<Watch | null>(null);
  me = $state.raw<Me | null>(null);
  words = $state.raw<readonly Word[]>([]);
  transcript = $state.raw<Omit<Transcript, "words">>({
    state: "none",
    done_ms: 0,
    behind_ms: 0,
    settled: 0,
    missing: [],
  });
  /** The event stream is up. */
  connected = $state(true);
  player = $state.raw<PlayerState>(initialState);
  /** Seconds. Apart from `player`, because it changes with every frame. */
  time = $state(0);

  /** Of the words, as a BCP 47 tag; empty where nobody knows it. */
  readonly language = $derived(this.transcript.language ?? "");
  /** Length so far in milliseconds: what the player found, or what the server said before that. */
  readonly length = $derived(Math.max(this.player.end * 1000, this.info?.duration_ms ?? 0));
  readonly ms = $derived(this.time * 1000);
  /** The recorder has paused: nothing comes just now, and more will. */
  readonly paused = $derived(this.info?.state === "paused");
  /** The take is not over. */
  readonly recording = $derived(this.info?.state === "recording" || this.paused);
  readonly atLive = $derived(atLiveEdge({ ...this.player, time: this.time }));

  readonly slug: string;
  readonly mediator: Mediator;
  readonly discussion: Discussion;
  readonly owner = new Owner(this);
  readonly #from: number;
  #unsubscribe: (() => void) | null = null;
  #look: ReturnType<typeof setTimeout> | undefined;
  #looks = 0;
  #beyondTold = false;
  #captioned: readonly Word[] = [];
  #captionVersion = 0;
  /** How often the stream has told how the recording stands. */
  #told = 0;
  #pending: (() => void)[] | null = null;
  /** What was asked for before we were here. */
  #reads: Early["reads"];

  constructor(early: Early) {
    this.slug = early.slug;
    this.mediator = early.mediator;
    this.discussion = new Discussion(early.slug, this);
    this.#from = early.from;
    this.#reads = early.reads;
    this.me = early.known.me;
    this.mediator.observe((state) => {
      this.time = state.time;
      const same = (Object.keys(state) as (keyof PlayerState)[]).every(
        (key) => key === "time" || state[key] === this.player[key],
      );
      if (!same) this.player = state;
    });
    early.me.then((me) => (this.me = me)).catch(() => {});
    document.addEventListener("visibilitychange", this.#seen);
    if (early.known.watch) this.#show(early.known.watch);
    else void this.#take(early.watch);
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    this.#unsubscribe?.();
    clearTimeout(this.#look);
    this.mediator.close();
  }

  request(request: Request): void {
    this.mediator.request(request);
  }

  /** Asks for the recording again, and for who we are. */
  async reload(): Promise<void> {
    this.#looks = 0;
    api
      .getMe()
      .then((me) => (this.me = me))
      .catch(() => {});
    await this.#take(this.#ask());
  }

  /** The player gave up; begin again where it stood. */
  async replay(): Promise<void> {
    const at = this.time;
    this.mediator.close();
    const info = await api.getWatch(this.slug).catch(() => null);
    if (info) openMedia(this.mediator, info, at);
  }

  /** The recording as the server knows it, but for what the stream has told since we asked. */
  async #ask(): Promise<Watch> {
    const told = this.#told;
    const answer = await api.getWatch(this.slug);
    if (told === this.#told || !this.info) return answer;
    const { state, duration_ms, title, live } = this.info;
    return { ...answer, state, duration_ms, title, live };
  }

  async #take(asked: Promise<Watch>): Promise<void> {
    try {
      this.#show(await asked);
      return;
    } catch (error) {
      const status = error instanceof Problem ? CLOSED[error.code] : undefined;
      // What is on screen stays there while the server is away.
      if (!status && this.info) {
        this.#lookIn(RETRY);
        return;
      }
      if (status && status !== this.status) this.#looks = 0;
      this.status = status ?? "unreachable";
      if (status) {
        this.#unsubscribe?.();
        this.#unsubscribe = null;
        this.mediator.close();
      }
    }
    this.#plan();
  }

  #show(info: Watch): void {
    this.info = info;
    this.transcript = info.transcript;
    this.status = info.playback ? "open" : "waiting";
    this.#tellBeyond(info);
    openMedia(this.mediator, info, this.#from);
    if (!this.#unsubscribe) {
      this.#subscribe(info.last_event);
      void this.#read();
    }
    this.#plan();
  }

  /** Looks again later, where what is here is not all. */
  #plan(): void {
    const wait = patience(this.status, this.#looks);
    this.#looks += 1;
    if (wait !== null) this.#lookIn(wait);
  }

  /** A link to a moment behind the end shows the end; says why, once. */
  #tellBeyond({ live, duration_ms }: Watch): void {
    if (this.#beyondTold || live) return;
    this.#beyondTold = true;
    if (this.#from * 1000 < duration_ms + 1000) return;
    toast(`The link leads to ${clock(this.#from * 1000)}, but this recording ends at ${clock(duration_ms)}.`);
  }

  /** Asks for the recording again in `ms`; one such plan at a time. */
  #lookIn(ms: number): void {
    clearTimeout(this.#look);
    this.#look = setTimeout(() => {
      if (!this.#refused) void this.#take(this.#ask());
      else if (!document.hidden) this.#lookAgain();
    }, ms);
  }

  /** The server knows the recording and does not show it. */
  get #refused(): boolean {
    return this.status === "forbidden" || this.status === "gone";
  }

  /** Who we are may have changed too: somebody signed in, in another tab. */
  #lookAgain(): void {
    api
      .getMe()
      .then((me) => (this.me = me))
      .catch(() => {});
    void this.#take(this.#ask());
  }

  /** A refused page asks nothing while nobody sees it, and at once when somebody does. */
  readonly #seen = (): void => {
    if (document.hidden || !this.#refused) return;
    this.#looks = 0;
    this.#lookIn(0);
  };

  #subscribe(after: number): void {
    this.#unsubscribe = subscribe(this.slug, after, {
      opened: (again) => {
        this.connected = true;
        // The stream resumes without a gap, but a page that was asleep for a day may have outlived what it resumes from.
        if (again) void this.#read();
      },
      lost: () => (this.connected = false),
      refused: () => {
        this.connected = false;
        this.#unsubscribe?.();
        this.#unsubscribe = null;
        this.#lookIn(RETRY);
      },
      event: (name, data) => this.#on(name, data),
    });
  }

  /** Asks for everything. What the stream tells meanwhile is newer than the answers, and is heard after them. */
  async #read(): Promise<void> {
    if (this.#pending) return;
    const pending: (() => void)[] = [];
    this.#pending = pending;
    const reads = this.#reads;
    this.#reads = null;
    const [comments, transcript, info] = await Promise.allSettled([
      reads?.comments ?? api.getComments(this.slug),
      reads?.transcript ?? api.getTranscript(this.slug),
      this.discussion.loaded ? api.getWatch(this.slug) : Promise.resolve(this.info),
    ]);
    if (comments.status === "fulfilled") this.discussion.load(comments.value);
    if (transcript.status === "fulfilled") {
      const { words, ...rest } = transcript.value;
      this.words = words;
      this.transcript = rest;
      this.#caption();
    }
    if (info.status === "fulfilled" && info.value) this.#progress(info.value);
    this.#pending = null;
    for (const apply of pending) apply();
  }

  #on<K extends keyof Events>(name: K, data: Events[K]): void {
    const handlers: { [N in keyof Events]: (data: Events[N]) => void } = {
      comment: (comment) => this.discussion.receive(comment),
      words: ({ from, words, ...progress }) => {
        this.words = replaceWords(this.words, from, words);
        this.transcript = { ...this.transcript, ...progress };
        this.#caption();
      },
      transcript: (change) => {
        this.transcript = { ...this.transcript, ...change };
        this.#caption();
        // The event does not tell which stretches are missing.
        if (change.state === "waiting") this.transcript = { ...this.transcript, missing: [] };
        else if (change.state !== "running") void this.#readMissing();
      },
      recording: (change) => this.#progress(change),
      poster: () =>
        void this.#ask()
          .then((info) => (this.info = info))
          .catch(() => {}),
      reload: () => void this.#read(),
    };
    if (this.#pending) this.#pending.push(() => handlers[name](data));
    else handlers[name](data);
  }

  async #readMissing(): Promise<void> {
    const transcript = await api.getTranscript(this.slug).catch(() => null);
    if (transcript) this.transcript = { ...this.transcript, missing: transcript.missing };
  }

  #progress({ state, duration_ms, title }: Events["recording"]): void {
    this.#told += 1;
    if (!this.info) return;
    if (this.info.state !== state) {
      announce(
        {
          recording: "Recording now",
          paused: "Recording paused",
          interrupted: "Recording stopped unexpectedly",
          finished: "The recording is finished",
        }[state],
      );
    }
    const grown = duration_ms > this.player.end * 1000 + 50;
    this.info = {
      ...this.info,
      state,
      duration_ms,
      title,
      live: state === "recording" || state === "paused",
    };
    if (!this.mediator.opened) void this.#take(this.#ask());
    else if (!this.player.live && (grown || state === "recording")) this.mediator.refresh();
  }

  /** Loads the captions of the words as they are now; a correction may leave their number as it was. */
  #caption(): void {
    if (this.words.length === 0 || this.words === this.#captioned) return;
    this.#captioned = this.words;
    this.#captionVersion += 1;
    this.mediator.loadCaptions(api.captionsUrl(this.slug, this.#captionVersion), this.language);
  }
}
