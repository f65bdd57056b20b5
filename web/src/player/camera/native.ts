/** Plays the camera's own playlist where only the browser's HLS exists (iPhone). */
import type { Playlist } from "../engine/playlist";
import { PlaylistReader } from "../engine/reader";
import { Transport, waitOnWindow } from "../engine/transport";
import type { CameraMedia } from "./stream";

export interface NativeParts {
  readonly renew: () => Promise<string>;
  readonly failed: (detail: string) => void;
}

export class NativeCamera {
  readonly #stop = new AbortController();
  readonly #reader: PlaylistReader;
  #playlist: Playlist | null = null;
  #reading = false;
  #again = false;
  #renewed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    media: CameraMedia,
    private readonly parts: NativeParts,
  ) {
    const transport = new Transport(media.url, {
      renew: parts.renew,
      trouble: () => {},
      fetch: (url, init) => fetch(url, init),
      wait: waitOnWindow,
    });
    // The browser's player does not say what the track holds; the playlist does.
    this.#reader = new PlaylistReader("camera", {
      transport,
      startedAt: media.startedAt,
      now: () => performance.now() / 1000,
    });
    const { signal } = this.#stop;
    video.addEventListener("playing", () => (this.#renewed = false), { signal });
    video.addEventListener("error", () => void this.#recover(), { signal });
    video.src = beside(media.url);
    this.refresh();
  }

  get playlist(): Playlist | null {
    return this.#playlist;
  }

  /** The browser's player counts from the first picture of the track. */
  get offset(): number {
    return this.#playlist?.segments[0]?.start ?? 0;
  }

  refresh(): void {
    this.#again = true;
    if (!this.#reading) void this.#read();
  }

  follow(): void {}

  close(): void {
    this.#stop.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#playlist = await this.#reader.read(this.#stop.signal);
      }
    } catch {
      // What is known stays; the next change of the recording asks again.
    } finally {
      this.#reading = false;
    }
  }

  /** A link that has run out is the likely reason, and the only one that can be handled here. */
  async #recover(): Promise<void> {
    const detail = this.video.error?.message ?? "";
    if (this.#renewed) {
      this.parts.failed(detail);
      return;
    }
    this.#renewed = true;
    try {
      this.video.src = beside(await this.parts.renew());
    } catch {
      this.parts.failed(detail);
    }
  }
}

const beside = (master: string) => `${master.slice(0, master.lastIndexOf("/") + 1)}camera.m3u8`;
