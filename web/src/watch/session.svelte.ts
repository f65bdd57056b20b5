/**
 * What a watch page knows: the recording, who looks at it, its comments and words, and what the player said.
 * The event stream keeps it up to date; components read it.
 */
import * as api from "../api/client";
import { type Events, subscribe } from "../api/events";
import { Problem } from "../api/problem";
import type { Drawing, Me, Sharing, Transcript, Turn, Watch, Word } from "../api/types";
import { receive } from "../chapters/marks";
import type { Composer } from "../comments/composer.svelte";
import { Discussion } from "../comments/discussion.svelte";
import type { DownloadParts } from "../download/download-parts";
import type { Board } from "../drawing/which";
import type { CameraParts } from "../face/camera-parts";
import type { Mediator } from "../player/mediator";
import { atLiveEdge, initialState, type PlayerState, type Request } from "../player/requests";
import { clock } from "../ui/time";
import { announce, toast, toastError } from "../ui/toasts.svelte";
import type { OwnerParts } from "../views/owner-parts";
import { report } from "../views/report";
import type { Bootstrap } from "./bootstrap";
import { openMedia } from "./media";
import { savePosition } from "./position";
import { CLOSED, retryDelay, type Status } from "./retry";
import { replaceWords, settledVersion } from "./words";

/** Seconds of the recording between two notes of where the viewer stands. */
const SAVE_EVERY = 5;

/** Milliseconds until a page that shows something asks again after an error. */
const RETRY_DELAY = 2000;

export class WatchSession {
  status = $state<Status>("loading");
  info = $state.raw<Watch | null>(null);
  me = $state.raw<Me | null>(null);
  words = $state.raw<readonly Word[]>([]);
  /** Who is heard when; empty where it is not known. */
  turns = $state.raw<readonly Turn[]>([]);
  transcript = $state.raw<Omit<Transcript, "words" | "turns">>({
    state: "none",
    done_ms: 0,
    behind_ms: 0,
    settled: 0,
    missing: [],
    version: 0,
  });
  /** Counts what was heard of changes of who may see it. */
  sharingChanges = $state(0);
  /** The event stream is connected. */
  connected = $state(true);
  player = $state.raw<PlayerState>(initialState);
  /** Seconds. Apart from `player`, because it changes with every frame. */
  time = $state(0);

  /** The comment that is being written, once somebody began to. */
  composing = $state.raw<Composer | null>(null);
  /** Somebody wants to react to moments. */
  reacting = $state(false);

  /** Of the words, as a BCP 47 tag; empty where nobody knows it. */
  readonly language = $derived(this.transcript.language ?? "");
  /** Length so far in milliseconds: what the player found, or what the server said before that. */
  readonly length = $derived(Math.max(this.player.end * 1000, this.info?.duration_ms ?? 0));
  readonly ms = $derived(this.time * 1000);
  /** The recorder has paused: nothing comes just now, and more will. */
  readonly paused = $derived(this.info?.state === "paused");
  /** The recording is not over. */
  readonly recording = $derived(this.info?.state === "recording" || this.paused);
  /** A recording that still grows has no last picture. */
  readonly downloadable = $derived(this.info?.playback != null && !this.recording);
  /** Where chapters begin, by time. */
  readonly marks = $derived(this.info?.marks ?? []);
  readonly atLive = $derived(atLiveEdge({ ...this.player, time: this.time }));

  /** What was drawn and is not sent yet. */
  sketch = $state.raw<Drawing | null>(null);
  /** Somebody draws on the picture. */
  board = $state.raw<Board | null>(null);

  readonly slug: string;
  readonly mediator: Mediator;
  readonly discussion: Discussion;
  /** The camera over the picture; loaded where the recording has one. */
  camera = $state.raw<CameraParts | null>(null);
  #cameraAsked = false;
  /** The recording as one file; loaded when somebody asks for it. */
  download = $state.raw<DownloadParts | null>(null);
  /** Who watched; loaded for the owner. */
  views = $state.raw<OwnerParts | null>(null);
  /** Ends the reports of what is watched. */
  #reports: (() => void) | null = null;
  readonly #from: number;
  #savedAt = 0;
  #unsubscribe: (() => void) | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #reportedBeyondEnd = false;
  #captionedWords: readonly Word[] = [];
  #captionVersion = 0;
  /** At which version the words stand; null while a worker is at them, whose changes are not counted. */
  #wordsVersion: number | null = null;
  /** Events received so far of which the answer to a request that was under way may not know. */
  #eventCount = 0;
  #pending: (() => void)[] | null = null;
  /** Requests that were sent before the components were loaded. */
  #reads: Bootstrap["reads"];

  constructor(bootstrap: Bootstrap) {
    this.slug = bootstrap.slug;
    this.mediator = bootstrap.mediator;
    this.discussion = new Discussion(bootstrap.slug, this);
    this.#from = bootstrap.from;
    this.#reads = bootstrap.reads;
    this.me = bootstrap.answers.me;
    addEventListener("pagehide", this.#savePosition);
    this.mediator.observe((state) => {
      this.time = state.time;
      if (Math.abs(state.time - this.#savedAt) >= SAVE_EVERY) this.#savePosition();
      const same = (Object.keys(state) as (keyof PlayerState)[]).every(
        (key) => key === "time" || state[key] === this.player[key],
      );
      if (!same) this.player = state;
    });
    bootstrap.me.then((me) => (this.me = me)).catch(() => {});
    document.addEventListener("visibilitychange", this.#onVisible);
    if (bootstrap.answers.watch) this.#show(bootstrap.answers.watch);
    else void this.#load(bootstrap.watch);
  }

  close(): void {
    removeEventListener("pagehide", this.#savePosition);
    document.removeEventListener("visibilitychange", this.#onVisible);
    this.#unsubscribe?.();
    clearTimeout(this.#retryTimer);
    this.#reports?.();
    this.mediator.close();
  }

  /** Remembers where this viewer stands, once the recording has been played or moved. */
  readonly #savePosition = (): void => {
    const { started, time, end } = this.mediator.state;
    if (!started || end === 0) return;
    this.#savedAt = time;
    savePosition(localStorage, this.slug, time, end);
  };

  request(request: Request): void {
    this.mediator.request(request);
  }

  draw(at_ms: number, from: Drawing | null): Promise<Drawing | null> {
    this.board?.done(null);
    this.request({ type: "pause" });
    if (Math.abs(this.ms - at_ms) > 1) this.request({ type: "seek", to: at_ms / 1000 });
    return new Promise((resolve) => {
      const done = (drawing: Drawing | null) => {
        this.board = null;
        resolve(drawing);
      };
      this.board = { from, done };
    });
  }

  /** Asks for the recording again, and for who we are. */
  async reload(): Promise<void> {
    this.#attempts = 0;
    api
      .getMe()
      .then((me) => (this.me = me))
      .catch(() => {});
    await this.#load(this.#fetch());
  }

  /** What its owner changed about sharing. */
  shared({ audience, version }: Pick<Sharing, "audience" | "version">): void {
    if (this.info) this.info = { ...this.info, audience, version };
  }

  /** Downloads the recording as one file, as soon as there is one. */
  async askForDownload(): Promise<void> {
    try {
      const { downloadParts } = await import("../download/download-parts");
      this.download ??= downloadParts(this);
      await this.download.request.ask();
    } catch (error) {
      toastError(error, "download");
    }
  }

  /** The player gave up; begin again where it stood. */
  async replay(): Promise<void> {
    const at = this.time;
    this.mediator.close();
    const info = await api.getWatch(this.slug).catch(() => null);
    if (info) openMedia(this.mediator, info, at);
  }

  /** The recording as the server answers, with what events said since it was asked. */
  async #fetch(): Promise<Watch> {
    const eventCount = this.#eventCount;
    const answer = await api.getWatch(this.slug);
    if (eventCount === this.#eventCount || !this.info) return answer;
    const { state, duration_ms, title, live, layout, marks } = this.info;
    return { ...answer, state, duration_ms, title, live, layout, marks };
  }

  async #load(asked: Promise<Watch>): Promise<void> {
    try {
      this.#show(await asked);
      return;
    } catch (error) {
      const status = error instanceof Problem ? CLOSED[error.code] : undefined;
      // What is on screen stays there while the server is away.
      if (!status && this.info) {
        this.#scheduleRetry(RETRY_DELAY);
        return;
      }
      if (status && status !== this.status) this.#attempts = 0;
      this.status = status ?? "unreachable";
      if (status) {
        this.#unsubscribe?.();
        this.#unsubscribe = null;
        this.mediator.close();
      }
    }
    this.#planRetry();
  }

  #show(info: Watch): void {
    this.info = info;
    this.transcript = info.transcript;
    this.status = info.playback ? "open" : "waiting";
    this.#reportStartBeyondEnd(info);
    openMedia(this.mediator, info, this.#from);
    if (info.tracks.some(({ name }) => name === "camera")) void this.#loadCamera();
    if (info.views.noted) this.#reports ??= report(this);
    if (info.mine && info.views.count !== null && !this.views) {
      import("../views/owner-parts").then(
        ({ ownerParts }) => (this.views ??= ownerParts(this)),
        () => {},
      );
    }
    if (!this.#unsubscribe) {
      this.#subscribe(info.last_event);
      void this.#read();
    }
    this.#planRetry();
  }

  async #loadCamera(): Promise<void> {
    if (this.#cameraAsked) return;
    this.#cameraAsked = true;
    try {
      const { cameraParts } = await import("../face/camera-parts");
      this.camera = cameraParts(this);
    } catch {
      // Without its code the recording plays as if it had no camera; the next answer of the server tries again.
      this.#cameraAsked = false;
    }
  }

  /** Looks again later, where what is here is not all. */
  #planRetry(): void {
    const wait = retryDelay(this.status, this.#attempts);
    this.#attempts += 1;
    if (wait !== null) this.#scheduleRetry(wait);
  }

  /** A link to a moment behind the end shows the end; says why, once. */
  #reportStartBeyondEnd({ live, duration_ms }: Watch): void {
    if (this.#reportedBeyondEnd || live) return;
    this.#reportedBeyondEnd = true;
    if (this.#from * 1000 < duration_ms + 1000) return;
    toast(`The link leads to ${clock(this.#from * 1000)}, but this recording ends at ${clock(duration_ms)}.`);
  }

  /** Asks for the recording again in `ms`; one such plan at a time. */
  #scheduleRetry(ms: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      if (!this.#refused) void this.#load(this.#fetch());
      else if (!document.hidden) this.#retryAsViewer();
    }, ms);
  }

  /** The server knows the recording and does not show it. */
  get #refused(): boolean {
    return this.status === "password" || this.status === "gone";
  }

  /** Who we are may have changed too: somebody signed in, in another tab. */
  #retryAsViewer(): void {
    api
      .getMe()
      .then((me) => (this.me = me))
      .catch(() => {});
    void this.#load(this.#fetch());
  }

  /** A refused page asks nothing while nobody sees it, and at once when somebody does; so does one that shows nothing. */
  readonly #onVisible = (): void => {
    if (document.hidden || !(this.#refused || this.status === "not_found")) return;
    this.#attempts = 0;
    clearTimeout(this.#retryTimer);
    this.#retryAsViewer();
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
        this.#scheduleRetry(RETRY_DELAY);
      },
      event: (name, data) => this.#apply(name, data),
    });
  }

  /** Asks for everything. Events that arrive meanwhile are newer than the answers, and are applied after them. */
  async #read(): Promise<void> {
    if (this.#pending || !this.#unsubscribe) return;
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
    if (transcript.status === "fulfilled") this.#showWords(transcript.value);
    if (info.status === "fulfilled" && info.value && this.info) {
      const { layout, marks, download } = info.value;
      this.info = { ...this.info, layout, marks, download };
      this.#progress(info.value);
    }
    this.#pending = null;
    for (const apply of pending) apply();
  }

  #apply<K extends keyof Events>(name: K, data: Events[K]): void {
    const handlers: { [N in keyof Events]: (data: Events[N]) => void } = {
      comment: (comment) => this.discussion.receive(comment),
      words: ({ from, words, ...progress }) => {
        this.words = replaceWords(this.words, from, words);
        this.#wordsVersion = null;
        this.transcript = { ...this.transcript, ...progress };
        this.#loadCaptions();
      },
      turns: ({ from_ms, turns }) =>
        (this.turns = [...this.turns.filter(({ at_ms }) => at_ms < from_ms), ...turns]),
      // The version is that of the words, which are not read yet.
      transcript: ({ version, ...change }) => {
        this.transcript = { ...this.transcript, ...change };
        this.#loadCaptions();
        if (change.state === "waiting") this.transcript = { ...this.transcript, missing: [] };
        const now = settledVersion(change.state, version);
        // The event does not say which stretches are missing, and which words somebody corrected.
        if (now === null) this.#wordsVersion = null;
        else if (now !== this.#wordsVersion) void this.readTranscript();
      },
      recording: (change) => this.#progress(change),
      mark: (change) => {
        this.#eventCount += 1;
        if (this.info) this.info = { ...this.info, marks: [...receive(this.info.marks, change)] };
      },
      download: (change) => {
        if (this.download) void this.download.request.changed(change);
        else if (this.info) this.info = { ...this.info, download: { ...this.info.download, ...change } };
      },
      layout: (layout) => {
        this.#eventCount += 1;
        if (this.info && layout.version >= this.info.layout.version) this.info = { ...this.info, layout };
      },
      poster: () =>
        void this.#fetch()
          .then((info) => (this.info = info))
          .catch(() => {}),
      reaction: (news) => this.discussion.react(news),
      sharing: () => {
        this.sharingChanges += 1;
        void this.#load(this.#fetch());
      },
      // Perhaps because nothing of it may be seen any more.
      reload: () => void this.#load(this.#fetch()).then(() => this.#read()),
    };
    if (this.#pending) this.#pending.push(() => handlers[name](data));
    else handlers[name](data);
  }

  /** Asks for the words anew. */
  async readTranscript(): Promise<void> {
    const read = await api.getTranscript(this.slug).catch(() => null);
    if (read) this.#showWords(read);
  }

  #showWords({ words, turns = [], ...rest }: Transcript): void {
    this.words = words;
    this.turns = turns;
    this.transcript = rest;
    this.#wordsVersion = settledVersion(rest.state, rest.version);
    this.#loadCaptions();
  }

  #progress({ state, duration_ms, title }: Events["recording"]): void {
    this.#eventCount += 1;
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
    if (!this.mediator.opened) void this.#load(this.#fetch());
    else if (!this.player.live && (grown || state === "recording")) this.mediator.refresh();
  }

  /** Loads the captions of the words as they are now; a correction may leave their number as it was. */
  #loadCaptions(): void {
    if (this.words.length === 0 || this.words === this.#captionedWords) return;
    this.#captionedWords = this.words;
    this.#captionVersion += 1;
    this.mediator.loadCaptions(api.captionsUrl(this.slug, this.#captionVersion), this.language);
  }
}
