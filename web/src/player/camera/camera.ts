/** The camera over the picture: a silent `<video>` that follows the leading one. It reads the leading one and never changes it. */
import { endOfRun, toRanges } from "../engine/ranges";
import { Follow, type Order, present } from "./follow";
import { NativeCamera } from "./native";
import { type Place, placeOf } from "./place";
import { type CameraMedia, CameraStream, canStream } from "./stream";

/** Seconds held ahead before anybody pressed play, and after. */
const BUFFER_GOAL_IDLE = 8;
const BUFFER_GOAL = 40;

export interface CameraState {
  /** There is a picture for where the recording stands. */
  readonly present: boolean;
  readonly failed: boolean;
}

export class Camera {
  readonly video: HTMLVideoElement = document.createElement("video");
  readonly #stop = new AbortController();
  readonly #source: CameraStream | NativeCamera;
  readonly #follow = new Follow();
  #frame = 0;
  /** Where the leading video last stood at a place with a picture. */
  #last: number | null = null;
  #state: CameraState = { present: false, failed: false };

  constructor(
    private readonly leader: HTMLVideoElement,
    media: CameraMedia,
    renew: () => Promise<string>,
    private readonly changed: (state: CameraState) => void,
  ) {
    const { video } = this;
    video.muted = true;
    video.defaultMuted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.disablePictureInPicture = true;
    const failed = () => this.#commit({ present: false, failed: true });
    this.#source = canStream(media.codec)
      ? new CameraStream(video, media, {
          playhead: () => leader.currentTime,
          goal: () => (leader.paused && leader.played.length === 0 ? BUFFER_GOAL_IDLE : BUFFER_GOAL),
          renew,
          progressed: () => this.#update(),
          failed,
        })
      : new NativeCamera(video, media, { renew, failed });
    this.#listen();
  }

  /** The recording has grown, or ended. */
  refresh(): void {
    this.#source.refresh();
  }

  close(): void {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
    this.#source.close();
  }

  #listen(): void {
    const { signal } = this.#stop;
    const { leader, video } = this;
    const update = () => this.#update();
    const events = ["play", "playing", "pause", "ended", "seeked", "waiting", "ratechange", "canplay"];
    for (const name of events) leader.addEventListener(name, update, { signal });
    leader.addEventListener("seeking", () => this.#jump(), { signal });
    leader.addEventListener("timeupdate", () => this.#source.follow(false), { signal });
    leader.addEventListener("timeupdate", update, { signal });
    for (const name of ["loadeddata", "canplay", "seeked", "emptied"]) {
      video.addEventListener(name, update, { signal });
    }
    document.addEventListener("visibilitychange", update, { signal });
  }

  #jump(): void {
    this.#source.follow(true);
    this.#update();
  }

  /** What the browser's own player calls the first picture of the track. */
  get #offset(): number {
    return this.#source instanceof NativeCamera ? this.#source.offset : 0;
  }

  #update(): void {
    if (this.#stop.signal.aborted || this.#state.failed) return;
    const { leader, video } = this;
    const time = leader.currentTime;
    const playlist = this.#source.playlist;
    const place = playlist && placeOf(playlist, time);
    if (video.readyState > 0) this.#obey(this.#order(time, place));
    if (place) this.#last = time;
    const picture = video.readyState >= 2 || (this.#state.present && video.seeking);
    this.#commit({
      ...this.#state,
      present: present({ covered: place !== null, picture, last: this.#last, time }),
    });
    this.#followFrames();
  }

  #order(time: number, place: Place | null): Order {
    const { leader, video } = this;
    const offset = this.#offset;
    const ranges = toRanges(video.buffered).map(([from, to]) => [from + offset, to + offset] as const);
    const moving = !leader.paused && !leader.ended && !leader.seeking && leader.readyState >= 3;
    return this.#follow.order(
      performance.now() / 1000,
      { time, place, rate: leader.playbackRate, moving },
      { time: video.currentTime + offset, seeking: video.seeking, reach: endOfRun(ranges, time) },
    );
  }

  #obey({ play, rate, seek }: Order): void {
    const { video } = this;
    if (seek !== null) video.currentTime = Math.max(0, seek - this.#offset);
    if (Math.abs(video.playbackRate - rate) > 0.0001) video.playbackRate = rate;
    // A refused play() leaves it standing, and the next update tries again.
    if (play && video.paused && !video.ended) void video.play().catch(() => {});
    else if (!play && !video.paused) video.pause();
  }

  /** While the leading video plays, once a picture: its events are too rare to stay in step by. */
  #followFrames(): void {
    if (this.#frame !== 0 || this.leader.paused) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#update();
    });
  }

  #commit(state: CameraState): void {
    if (state.present === this.#state.present && state.failed === this.#state.failed) return;
    this.#state = state;
    this.changed(state);
  }
}
