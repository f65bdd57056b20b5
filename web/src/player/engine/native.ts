/** The browser's own HLS player (iPhone): it loads, buffers and follows the live edge by itself. */
import type { Listener, Playback, RecordingMedia } from "./playback";

/** Seconds: the `PART-HOLD-BACK` of our playlists, which the browser keeps to. */
const HOLD_BACK = 1.6;

export class NativePlayback implements Playback {
  readonly #stop = new AbortController();
  #renewed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    media: RecordingMedia,
    private readonly listener: Listener,
  ) {
    const { signal } = this.#stop;
    for (const name of ["durationchange", "progress", "timeupdate", "loadedmetadata"]) {
      video.addEventListener(name, () => this.#edge(), { signal });
    }
    video.addEventListener("playing", () => (this.#renewed = false), { signal });
    video.addEventListener("error", () => void this.#recover(), { signal });
    video.src = media.url;
  }

  refresh(): void {
    void this.#reload();
  }

  goLive(): number | null {
    const { seekable } = this.video;
    return seekable.length > 0 ? Math.max(0, seekable.end(seekable.length - 1) - HOLD_BACK) : null;
  }

  close(): void {
    this.#stop.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  #edge(): void {
    const { seekable, duration } = this.video;
    const end = Number.isFinite(duration)
      ? duration
      : seekable.length > 0
        ? seekable.end(seekable.length - 1)
        : 0;
    const ended = Number.isFinite(duration);
    this.listener.edge({ end, ended, complete: ended, holdBack: HOLD_BACK });
  }

  /** The element does not say why it failed; a link that has run out is the likely reason, and the only one that can be handled here. */
  async #recover(): Promise<void> {
    if (this.#renewed) {
      this.listener.failed("unplayable", this.video.error?.message ?? "");
      return;
    }
    this.#renewed = true;
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const { currentTime, paused } = this.video;
    try {
      this.video.src = await this.listener.renew();
    } catch {
      this.listener.failed("closed", "");
      return;
    }
    this.video.currentTime = currentTime;
    if (!paused) await this.video.play().catch(() => {});
  }
}
