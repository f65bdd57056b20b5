/**
 * Loads the camera track of a recording into a `<video>` of its own through Media Source Extensions: always the place where the
 * leading video stands, and ahead of that. It never seeks by itself (`follow.ts` does), waits for nothing that others wait
 * for, and asks with a request that is held only where the picture and the sound leave a connection for it.
 */
import { type ConnectionPool, connections as ours } from "../../api/connections";
import { Feed } from "../engine/feed";
import type { Playlist } from "../engine/playlist";
import { PlaylistReader } from "../engine/reader";
import { Signal } from "../engine/signal";
import { Sink } from "../engine/sink";
import { MediaClosed, Transport, waitOnWindow } from "../engine/transport";

export interface CameraMedia {
  /** Master playlist, `/media/{capability}/master.m3u8`; the camera's lies beside it. */
  readonly url: string;
  readonly codec: string;
  /** Wall-clock milliseconds of the first picture of the recording. */
  readonly startedAt: number;
}

export interface CameraParts {
  /** Where the leading video stands, in seconds. */
  readonly playhead: () => number;
  /** How many seconds to hold ahead of it. */
  readonly goal: () => number;
  /** A fresh master playlist URL. */
  readonly renew: () => Promise<string>;
  /** Something was loaded, or is known. */
  readonly progressed: () => void;
  /** Nothing more will come. */
  readonly failed: (detail: string) => void;
}

/** The event stream, the picture and the sound come first. */
const OTHER_CONNECTIONS = 3;
/** A request is held only so near to the newest media, in seconds. */
const LIVE_RANGE = 10;
/** Shortest time between two looks at a playlist, in milliseconds. */
const POLL_INTERVAL = 400;

export const canStream = (codec: string): boolean =>
  "MediaSource" in globalThis && MediaSource.isTypeSupported(mime(codec));
const mime = (codec: string) => `video/mp4; codecs="${codec}"`;

export class CameraStream {
  readonly #stop = new AbortController();
  readonly #source = new MediaSource();
  readonly #reader: PlaylistReader;
  readonly #changed = new Signal();
  #feed: Feed | null = null;
  /** Ends a held request when the tab's share of connections has shrunk. */
  #hold = new AbortController();
  #held = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly media: CameraMedia,
    private readonly parts: CameraParts,
    private readonly connections: Pick<ConnectionPool, "share" | "observe"> = ours,
  ) {
    const transport = new Transport(media.url, {
      renew: parts.renew,
      // The picture's transport tells of it.
      trouble: () => {},
      fetch: (url, init) => fetch(url, init),
      wait: waitOnWindow,
    });
    this.#reader = new PlaylistReader("camera", {
      transport,
      startedAt: media.startedAt,
      now: () => performance.now() / 1000,
    });
    this.#run(transport).catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#stop.abort();
      parts.failed(String(error));
    });
  }

  /** What the server holds of it; null while nothing is known. */
  get playlist(): Playlist | null {
    return this.#feed?.playlist ?? null;
  }

  /** The recording has grown, or ended. */
  refresh(): void {
    this.#changed.notify();
  }

  /** The leading video has jumped, or time has passed. */
  follow(jumped: boolean): void {
    if (jumped) this.#feed?.seek(this.parts.playhead());
    else this.#feed?.wake();
  }

  close(): void {
    this.#stop.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  async #run(transport: Transport): Promise<void> {
    const { signal } = this.#stop;
    const { parts, video } = this;
    let playlist = await this.#first();
    const url = URL.createObjectURL(this.#source);
    const open = new Promise((resolve) =>
      this.#source.addEventListener("sourceopen", resolve, { once: true, signal }),
    );
    video.src = url;
    await open;
    URL.revokeObjectURL(url);
    const sink = new Sink(this.#source.addSourceBuffer(mime(this.media.codec)), this.#source, parts.playhead);
    const progressed = () => this.#update();
    const feed = new Feed("camera", playlist, { ...parts, sink, transport, progressed });
    this.#feed = feed;
    this.#update();
    const unobserve = this.connections.observe(() => {
      if (this.#held && !this.#mayHold) this.#hold.abort();
    });
    signal.addEventListener("abort", unobserve);
    const fed = feed.run(signal);
    fed.catch(() => {}); // Told by whoever awaits it below.
    for (;;) {
      playlist = await Promise.race([this.#next(playlist), fed.then(() => playlist)]);
      signal.throwIfAborted();
      feed.update(playlist);
      this.#update();
    }
  }

  /** The first playlist that holds anything. A camera that was announced may bring its first picture late, or never. */
  async #first(): Promise<Playlist> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        const playlist = await this.#reader.read(signal);
        if (playlist.segments.length > 0) return playlist;
      } catch (error) {
        // No init yet.
        if (!(error instanceof MediaClosed) || error.status !== 404) throw error;
      }
      await this.#change();
    }
  }

  /** The playlist, when it has changed or may have. */
  async #next(known: Playlist): Promise<Playlist> {
    const stop = this.#stop.signal;
    this.#held = !known.ended && this.#mayHold;
    if (!this.#held) {
      await this.#change();
      return this.#reader.read(stop);
    }
    this.#hold = new AbortController();
    try {
      const read = await this.#reader.read(AbortSignal.any([stop, this.#hold.signal]), true);
      // The server answers a held request after a while although nothing has come.
      if (read.end === known.end && read.ended === known.ended) await waitOnWindow(POLL_INTERVAL, stop);
      return read;
    } catch (error) {
      if (stop.aborted || !this.#hold.signal.aborted) throw error;
      return known;
    } finally {
      this.#held = false;
    }
  }

  get #mayHold(): boolean {
    const near = (this.playlist?.end ?? 0) - this.parts.playhead() < LIVE_RANGE;
    return near && document.visibilityState === "visible" && this.connections.share > OTHER_CONNECTIONS;
  }

  /** Until the recording has changed, and at least a moment. */
  async #change(): Promise<void> {
    await this.#changed.wait();
    await waitOnWindow(POLL_INTERVAL, this.#stop.signal);
  }

  /** Brings the media source in line with what is known and loaded. */
  #update(): void {
    const feed = this.#feed;
    if (!feed || this.#source.readyState === "closed") return;
    if (this.#source.readyState === "open" && !feed.sink.busy) {
      const { end, ended } = feed.playlist;
      if (!ended) this.#source.duration = Number.POSITIVE_INFINITY;
      else if (feed.complete) this.#source.endOfStream();
      else {
        const duration = Math.max(end, ...feed.sink.ranges.map(([, to]) => to));
        if (this.#source.duration !== duration) this.#source.duration = duration;
      }
    }
    this.parts.progressed();
  }
}
