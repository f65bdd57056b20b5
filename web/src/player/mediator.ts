/**
 * The only thing that reads or writes the `<video>`. Requests go in; state comes out, and only when the media has
 * said so: a button never shows what it merely asked for.
 */
import { Captions } from "./captions";
import { type Port, perform } from "./effects";
import { canPlay, Engine } from "./engine/engine";
import type { Listener, Playback, RecordingMedia } from "./engine/playback";
import { toRanges } from "./engine/ranges";
import { loadPreferences, savePreferences } from "./preferences";
import { initialState, type PlayerState, type Request, reachedLiveEdge } from "./requests";

export type Observer = (state: PlayerState) => void;

const EVENTS = [
  "play",
  "playing",
  "pause",
  "ended",
  "seeking",
  "seeked",
  "waiting",
  "timeupdate",
  "progress",
  "ratechange",
  "volumechange",
  "loadedmetadata",
  "durationchange",
  "loadeddata",
  "canplay",
  "emptied",
  "error",
  "enterpictureinpicture",
  "leavepictureinpicture",
] as const;

/** Seconds before the end at which the last picture surely stands. */
const LAST_PICTURE = 0.01;
/** Seconds: a recorder repeats a still picture each second. */
const LONGEST_PICTURE = 2;

/** The browser's own player; its code is loaded where it is needed. */
class Native implements Playback {
  #player: Playback | null = null;
  #closed = false;

  constructor(video: HTMLVideoElement, media: RecordingMedia, listener: Listener) {
    import("./engine/native").then(
      ({ NativePlayback }) => {
        if (!this.#closed) this.#player = new NativePlayback(video, media, listener);
      },
      (error: unknown) => listener.failed("unplayable", String(error)),
    );
  }

  refresh(): void {
    this.#player?.refresh();
  }

  goLive(): number | null {
    return this.#player?.goLive() ?? null;
  }

  close(): void {
    this.#closed = true;
    this.#player?.close();
  }
}

const SEEKS: ReadonlySet<Request["type"]> = new Set(["seek", "skip", "go_live"]);
const PREFERENCE_REQUESTS: ReadonlySet<Request["type"]> = new Set([
  "rate",
  "faster",
  "mute",
  "volume",
  "louder",
  "captions",
]);

export class Mediator {
  readonly video: HTMLVideoElement = document.createElement("video");
  readonly #captions = new Captions(this.video);
  readonly #observers = new Set<Observer>();
  #playback: Playback | null = null;
  #stage: HTMLElement | null = null;
  #state: PlayerState = initialState;
  #frame = 0;
  /** What the viewer chose, and what the live distance asks for beside it. */
  #rate = 1;
  #rateCorrection = 1;

  constructor(private readonly store: Pick<Storage, "getItem" | "setItem"> = localStorage) {
    this.video.playsInline = true;
    this.video.preload = "auto";
    const { rate, muted, volume, captions } = loadPreferences(store);
    // A new source begins at the default rate.
    this.video.defaultPlaybackRate = rate;
    this.#setRate(rate);
    this.video.muted = muted;
    this.video.volume = volume;
    this.#captions.show(captions);
    // Media keys and the browser's own menus change the speed as well.
    this.video.addEventListener("ratechange", () => {
      if (Math.abs(this.video.playbackRate - this.#playbackRate) > 0.001)
        this.#rate = this.video.playbackRate;
    });
    for (const name of EVENTS) this.video.addEventListener(name, () => this.#read());
    this.video.addEventListener("playing", () => this.#commit({ started: true, touched: true }));
    this.video.addEventListener("seeking", () => this.#commit({ started: true }));
    document.addEventListener("fullscreenchange", () => this.#read());
    this.#read();
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** The state with what was asked for a moment ago: the events that tell of it are late. */
  current(): PlayerState {
    this.#read();
    return this.#state;
  }

  /** Calls `observer` with the state now and after every change; returns how to stop. */
  observe(observer: Observer): () => void {
    this.#observers.add(observer);
    observer(this.#state);
    return () => this.#observers.delete(observer);
  }

  /** The box that becomes full screen: picture and controls. */
  stage(box: HTMLElement): void {
    this.#stage = box;
  }

  open(media: RecordingMedia, renew: () => Promise<string>): void {
    this.close();
    this.#commit({ failure: null, trouble: false });
    if (media.from > 0) this.video.currentTime = media.from;
    const listener = {
      renew,
      edge: ({
        end,
        ended,
        complete,
        holdBack,
      }: {
        end: number;
        ended: boolean;
        complete: boolean;
        holdBack: number;
      }) => {
        const { state } = this;
        if (
          state.end !== end ||
          state.live === ended ||
          state.complete !== complete ||
          state.holdBack !== holdBack
        ) {
          this.#commit({ end, live: !ended, complete, holdBack });
        }
      },
      correctRate: (correctRate: number) => {
        this.#rateCorrection = correctRate;
        this.#setRate(this.#rate);
      },
      trouble: (trouble: boolean) => this.#commit({ trouble }),
      failed: (why: "closed" | "unplayable", detail: string) => this.#commit({ failure: { why, detail } }),
    };
    if (canPlay(media.tracks)) this.#playback = new Engine(this.video, media, listener);
    else if (this.video.canPlayType("application/vnd.apple.mpegurl") !== "")
      this.#playback = new Native(this.video, media, listener);
    else
      this.#commit({ failure: { why: "unplayable", detail: "This browser plays neither H.264 nor HLS." } });
  }

  get opened(): boolean {
    return this.#playback !== null;
  }

  close(): void {
    this.#playback?.close();
    this.#playback = null;
    this.#rateCorrection = 1;
    this.#setRate(this.#rate);
  }

  /** The recording may have grown after its end. */
  refresh(): void {
    this.#playback?.refresh();
  }

  poster(url: string | null): void {
    if (url === null) this.video.removeAttribute("poster");
    else this.video.poster = url;
  }

  loadCaptions(url: string, language: string): void {
    this.#captions.load(url, language);
  }

  request(request: Request): void {
    // Or the second of two quick skips undoes the first.
    const state = this.current();
    if (SEEKS.has(request.type)) this.#commit({ touched: true });
    perform(this.#port, state, request);
    if (PREFERENCE_REQUESTS.has(request.type)) this.#savePreferences();
  }

  /** Remembers what was asked for; speeds that the live edge imposes are nobody's choice and are not kept. */
  #savePreferences(): void {
    const { muted, volume } = this.video;
    const rate = this.#rate;
    this.video.defaultPlaybackRate = rate;
    savePreferences(this.store, { rate, muted, volume, captions: this.#captions.on });
  }

  readonly #port: Port = {
    // A refused play() leaves the element paused, and that is what the state will say.
    play: () => void this.video.play().catch(() => {}),
    pause: () => this.video.pause(),
    seek: (to) => {
      if (to >= this.video.duration) this.#showEnd(this.video.duration);
      else this.video.currentTime = to;
    },
    goLive: () => this.#playback?.goLive() ?? null,
    rate: (to) => this.#setRate(to),
    mute: (on) => {
      this.video.muted = on;
    },
    volume: (to) => {
      this.video.volume = to;
    },
    captions: (on) => {
      this.#captions.show(on);
      this.#read();
    },
    fullscreen: (on) => {
      // iPhone knows full screen for the video alone.
      const video = this.video as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
      if (!on) void document.exitFullscreen().catch(() => {});
      else if (this.#stage?.requestFullscreen) void this.#stage.requestFullscreen().catch(() => {});
      else video.webkitEnterFullscreen?.();
    },
    // Refused while nothing is loaded; the state then stays as it is.
    pip: (on) =>
      void (on ? this.video.requestPictureInPicture() : document.exitPictureInPicture()).catch(() => {}),
  };

  /** Chromium draws nothing after a seek to the very end: the last picture is drawn first, then it ends. */
  #showEnd(end: number): void {
    const { video } = this;
    const to = end - LAST_PICTURE;
    video.currentTime = to;
    // Without that call it stands at the last picture, which is as good.
    const look = () =>
      video.requestVideoFrameCallback?.((_, { mediaTime }) => {
        if (Math.abs(video.currentTime - to) > 0.001) return;
        // Not a picture of before; and the exact length is known only once everything is loaded.
        if (mediaTime < end - LONGEST_PICTURE) look();
        else video.currentTime = video.duration;
      });
    look();
  }

  #read(): void {
    const { video } = this;
    this.#commit({
      paused: video.paused,
      ended: video.ended,
      seeking: video.seeking,
      waiting: !video.paused && !video.ended && video.readyState < 3,
      time: video.currentTime,
      buffered: toRanges(video.buffered),
      rate: this.#rate,
      muted: video.muted,
      volume: video.volume,
      captions: this.#captions.on,
      pip: document.pictureInPictureElement === video,
      fullscreen: document.fullscreenElement !== null && document.fullscreenElement === this.#stage,
    });
    if (reachedLiveEdge(this.#state)) this.#setRate(1);
    this.#trackTime();
  }

  /** A speed that somebody chose is theirs: only the ordinary one is corrected. */
  get #playbackRate(): number {
    return this.#rate === 1 ? this.#rateCorrection : this.#rate;
  }

  #setRate(to: number): void {
    this.#rate = to;
    if (this.video.playbackRate !== this.#playbackRate) this.video.playbackRate = this.#playbackRate;
  }

  /** `timeupdate` comes four times a second: too rare for a playhead and for words. */
  #trackTime(): void {
    if (this.#frame !== 0 || this.video.paused) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#commit({ time: this.video.currentTime });
      this.#trackTime();
    });
  }

  #commit(change: Partial<PlayerState>): void {
    this.#state = { ...this.#state, ...change };
    for (const observer of this.#observers) observer(this.#state);
  }
}
