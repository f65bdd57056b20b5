/**
 * Plays a recording through Media Source Extensions while it is being made and after.
 *
 * Written for the one shape of media that docs/PROTOCOL.md describes (a video and an audio playlist on one
 * timeline, immutable CMAF pieces), which is why it is a tenth of the size of a general HLS player.
 * - Whoever watches live waits for the next part of every track with a request of its own; who is farther behind waits
 *   for the first track alone and reads the others after it. A tab with fewer connections (`api/connections.ts`) than that asks
 *   twice a second instead, and one that is hidden and paused does not ask at all.
 * - The recording's length is `Edge`, not `video.duration`, which is infinite while the recording runs.
 */
import { type ConnectionPool, connections as ours } from "../../api/connections";
import { clampStart } from "../start";
import { Feed } from "./feed";
import type { LivePosition } from "./live";
import type { Listener, Playback, RecordingMedia } from "./playback";
import { endOfRun, gapEnd, toRanges } from "./ranges";
import { PlaylistReader } from "./reader";
import { Signal } from "./signal";
import { Sink } from "./sink";
import { MediaClosed, Transport, waitOnWindow } from "./transport";

/** Seconds held ahead before anybody pressed play, and after. */
const BUFFER_GOAL_IDLE = 8;
const BUFFER_GOAL = 40;
/** Shortest time between two looks at a playlist that has nothing new, in milliseconds. */
const POLL_INTERVAL = 500;
/** Who is at most this far behind the live position, in seconds, follows it … */
const MAX_BEHIND = 2;
/** … and is brought back to it up to here, after which it takes too long. */
const MAX_CATCH_UP = 30;
/** Playlists are read as for a live viewer up to this distance from their end, in seconds. */
const LIVE_RANGE = 10;

const KINDS: Record<string, string> = { video: "video/mp4", audio: "audio/mp4" };

export function canPlay(tracks: RecordingMedia["tracks"]): boolean {
  return "MediaSource" in globalThis && playable(tracks).every((t) => MediaSource.isTypeSupported(mime(t)));
}

const playable = (tracks: RecordingMedia["tracks"]) => tracks.filter((track) => track.name in KINDS);
const mime = (track: RecordingMedia["tracks"][number]) => `${KINDS[track.name]}; codecs="${track.codec}"`;

export class Engine implements Playback {
  readonly #stop = new AbortController();
  readonly #source = new MediaSource();
  readonly #transport: Transport;
  #feeds: Feed[] = [];
  readonly #readers = new Map<string, PlaylistReader>();
  /** Playlists are being read again and again. */
  #reading = false;
  #live: LivePosition | null = null;
  /** The viewer sees what happens now, and wants to. */
  #follows = false;
  /** The next seek goes live. */
  #joinsLive = false;
  /** The next seek is of our own making. */
  #internalSeek = false;
  /** Playing had reached an end that turned out to be none. */
  #restartDecoder = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly media: RecordingMedia,
    private readonly listener: Listener,
    private readonly connections: Pick<ConnectionPool, "share" | "observe"> = ours,
  ) {
    this.#transport = new Transport(media.url, {
      renew: () => listener.renew(),
      trouble: (now) => listener.trouble(now),
      fetch: (url, init) => fetch(url, init),
      wait: waitOnWindow,
    });
    this.#reportFailure(this.#start());
  }

  /** Where a live viewer stands; its code is loaded while a recording is being made. Without it nobody follows. */
  async #loadLive(): Promise<void> {
    const loaded = await import("./live").catch(() => null);
    if (loaded)
      this.#live ??= new loaded.LivePosition(
        Math.max(...this.#feeds.map((feed) => feed.playlist.partTarget)),
      );
  }

  refresh(): void {
    if (this.#feeds.length === 0 || this.#reading) return;
    this.#restartDecoder ||= this.video.ended;
    this.#reportFailure(this.#read(true));
  }

  goLive(): number | null {
    // However long the seek takes to be decoded: it is caught up by the speed of playing.
    this.#joinsLive = true;
    return this.#livePosition();
  }

  #livePosition(): number | null {
    return this.#live?.position(seconds()) ?? null;
  }

  close(): void {
    this.#stop.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  async #start(): Promise<void> {
    const { signal } = this.#stop;
    const tracks = playable(this.media.tracks);
    const reads = { transport: this.#transport, startedAt: this.media.startedAt, now: seconds };
    const readers = tracks.map((track) => new PlaylistReader(track.name, reads));
    const playlists = Promise.all(readers.map((reader) => reader.read(signal)));
    await this.#attach(signal);
    // A track that was announced and has brought nothing yet would be waited for at every place.
    const found = (await playlists).map((playlist) => (playlist.segments.length > 0 ? playlist : null));

    const known = found.filter((playlist) => playlist !== null);
    const from = clampStart(this.media.from, {
      end: Math.max(0, ...known.map(({ end }) => end)),
      ended: known.every(({ ended }) => ended),
      holdBack: 2 * (known[0]?.partTarget ?? 0),
    });
    if (from !== this.media.from && this.video.readyState === 0) this.video.currentTime = from;
    const playhead = () => (this.video.readyState === 0 ? from : this.video.currentTime);
    const goal = () => (this.video.paused && this.video.played.length === 0 ? BUFFER_GOAL_IDLE : BUFFER_GOAL);
    const buffers = tracks.map((track, i) => (found[i] ? this.#source.addSourceBuffer(mime(track)) : null));
    this.#feeds = readers.flatMap((reader, i) => {
      const [buffer, playlist] = [buffers[i], found[i]];
      if (!buffer || !playlist) return [];
      const sink = new Sink(buffer, this.#source, () => this.video.currentTime);
      const progressed = () => this.#update();
      this.#readers.set(reader.name, reader);
      return new Feed(reader.name, playlist, {
        sink,
        transport: this.#transport,
        playhead,
        goal,
        progressed,
      });
    });
    if (!this.#feeds.every((feed) => feed.playlist.ended)) await this.#loadLive();
    this.#update();
    this.#listen(signal);
    for (const feed of this.#feeds) this.#reportFailure(feed.run(signal));
    await this.#read(false);
  }

  async #attach(signal: AbortSignal): Promise<void> {
    const url = URL.createObjectURL(this.#source);
    const open = new Promise((resolve) =>
      this.#source.addEventListener("sourceopen", resolve, { once: true, signal }),
    );
    this.video.src = url;
    await open;
    URL.revokeObjectURL(url);
  }

  #listen(signal: AbortSignal): void {
    const wake = () => {
      for (const feed of this.#feeds) feed.wake();
    };
    const seek = () => {
      if (this.#joinsLive) this.#follows = true;
      else if (!this.#internalSeek) this.#unfollow();
      this.#joinsLive = false;
      this.#internalSeek = false;
      for (const feed of this.#feeds) feed.seek(this.video.currentTime);
    };
    const wait = () => {
      if (this.#follows && !this.video.seeking) this.#live?.stalled();
      this.#skipGap();
    };
    this.video.addEventListener("timeupdate", wake, { signal });
    this.video.addEventListener("timeupdate", () => this.#adjustRate(), { signal });
    this.video.addEventListener("play", wake, { signal });
    this.video.addEventListener("pause", () => this.#unfollow(), { signal });
    this.video.addEventListener("seeking", seek, { signal });
    this.video.addEventListener("waiting", wait, { signal });
    this.video.addEventListener(
      "error",
      () => this.listener.failed("unplayable", this.video.error?.message ?? ""),
      { signal },
    );
  }

  /** Keeps a live viewer at the live position by the speed of playing. */
  #adjustRate(): void {
    const [now, time] = [seconds(), this.video.currentTime];
    const behind = (this.#livePosition() ?? Number.POSITIVE_INFINITY) - time;
    const live = !this.video.paused && !this.#feeds.every((feed) => feed.playlist.ended);
    this.#follows = live && behind < (this.#follows ? MAX_CATCH_UP : MAX_BEHIND);
    this.listener.correctRate(this.#follows && this.#live ? this.#live.rate(now, time) : 1);
  }

  #unfollow(): void {
    this.#follows = false;
    this.listener.correctRate(1);
  }

  #seekInternally(to: number): void {
    this.#internalSeek = true;
    this.video.currentTime = to;
  }

  /** Reads the playlists again and again until the recording has ended. `again`: the recording has changed, so ask without blocking first. */
  async #read(again: boolean): Promise<void> {
    const tracks = this.#feeds.map((feed, place) => ({
      feed,
      place,
      leader: new Signal(),
      /** Ends a wait that the tab's share of connections has overtaken. */
      hold: new AbortController(),
      blocks: false,
    }));
    const ended = () => this.#feeds.every((feed) => feed.playlist.ended);
    const may = (place: number) =>
      this.connections.share > 1 + place && (place === 0 || this.#nearLiveEdge());
    const notifyAll = () => {
      for (const { leader } of tracks) leader.notify();
    };
    const unobserve = this.connections.observe(() => {
      for (const track of tracks) if (may(track.place) !== track.blocks) track.hold.abort();
      notifyAll();
    });
    const follow = async (track: (typeof tracks)[number]) => {
      const { feed, place, leader } = track;
      if (!ended() && this.#live === null) void this.#loadLive();
      for (let poll = again; poll || !ended(); poll = false) {
        const before = feed.playlist;
        await this.#visibleOrPlaying();
        track.blocks = !poll && !before.ended && may(place);
        // Who does not block reads whenever the first track has brought something.
        if (!track.blocks && !poll && place > 0) await leader.wait();
        track.hold = new AbortController();
        const read = await this.#readOne(feed, track.blocks ? track.hold.signal : null);
        if (read && place === 0) notifyAll();
        this.#update();
        const changed = feed.playlist.end !== before.end || feed.playlist.ended !== before.ended;
        if (read && !changed && (track.blocks || place === 0)) await this.#pause(track.hold.signal);
      }
      notifyAll();
    };
    this.#reading = true;
    try {
      await Promise.all(tracks.map(follow));
    } finally {
      this.#reading = false;
      unobserve();
    }
  }

  /** Reads the playlist of one track; with `hold`, as soon as it changes. False: `hold` was aborted before. */
  async #readOne(feed: Feed, hold: AbortSignal | null): Promise<boolean> {
    const stop = this.#stop.signal;
    const reader = this.#readers.get(feed.name);
    try {
      const playlist = await reader?.read(hold ? AbortSignal.any([stop, hold]) : stop, hold !== null);
      if (playlist) feed.update(playlist);
      return true;
    } catch (error) {
      if (stop.aborted || !hold?.aborted) throw error;
      return false;
    }
  }

  /** A moment, or until `hold` is aborted. */
  async #pause(hold: AbortSignal): Promise<void> {
    const stop = this.#stop.signal;
    await waitOnWindow(POLL_INTERVAL, AbortSignal.any([stop, hold])).catch((reason: unknown) => {
      if (stop.aborted) throw reason;
    });
  }

  /** Resolves at once while somebody sees or hears the page, else when somebody does. */
  #visibleOrPlaying(): Promise<void> {
    const there = () => document.visibilityState === "visible" || !this.video.paused;
    if (there()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, this.#stop.signal]);
      const poll = () => {
        if (!there()) return;
        stop.abort();
        this.#live?.restart();
        resolve();
      };
      document.addEventListener("visibilitychange", poll, { signal });
      this.video.addEventListener("play", poll, { signal });
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason), {
        signal: stop.signal,
      });
    });
  }

  #nearLiveEdge(): boolean {
    return this.#end() - this.video.currentTime < LIVE_RANGE;
  }

  #end(): number {
    return Math.max(...this.#feeds.map((feed) => feed.playlist.end));
  }

  /** Brings the media source in line with what is known and loaded; cheap, and called after every change. */
  #update(): void {
    if (this.#source.readyState === "closed" || this.#feeds.length === 0) return;
    const end = this.#end();
    const ended = this.#feeds.every((feed) => feed.playlist.ended);
    const complete = ended && this.#feeds.every((feed) => feed.complete);
    if (this.#source.readyState === "open" && !this.#feeds.some((feed) => feed.sink.busy)) {
      if (!ended) {
        this.#source.duration = Number.POSITIVE_INFINITY;
        this.#source.setLiveSeekableRange(0, end);
      } else if (complete) {
        this.#source.endOfStream();
      } else {
        const buffered = this.#feeds.flatMap((feed) => feed.sink.ranges.map(([, to]) => to));
        const duration = Math.max(end, ...buffered);
        if (this.#source.duration !== duration) this.#source.duration = duration;
      }
    }
    this.#skipGap();
    this.#restartAfterEnd();
    this.#live?.delivered(seconds(), this.#shown());
    const holdBack = Math.round((this.#live?.holdBack ?? 0) * 10) / 10;
    this.listener.edge({ end, ended, complete, holdBack });
  }

  /** How far playing can get: by what is in the browser for who is there, else by what the playlists hold. */
  #shown(): number {
    if (this.#follows) return endOfRun(toRanges(this.video.buffered), this.video.currentTime) ?? 0;
    return Math.min(...this.#feeds.map((feed) => feed.playlist.end));
  }

  /** Chromium's decoders, once they have ended, take up new media only after a seek. */
  #restartAfterEnd(): void {
    const now = this.video.currentTime;
    if (!this.#restartDecoder || (endOfRun(toRanges(this.video.buffered), now) ?? now) < now + 0.2) return;
    this.#restartDecoder = false;
    this.#seekInternally(now);
  }

  /** Steps over a hole in the media, such as a sound that begins a little later than the picture. */
  #skipGap(): void {
    if (this.video.readyState === 0 || this.video.readyState > 2) return;
    const now = this.video.currentTime;
    const ranges = toRanges(this.video.buffered);
    let to = gapEnd(ranges, now);
    // A larger hole may be of our own making: it is loaded once more before it is believed.
    const settled = to === null && this.#feeds.every((feed) => feed.idle);
    if (settled && !this.#feeds.map((feed) => feed.retryMissing(now)).includes(true)) {
      to = gapEnd(ranges, now, Number.POSITIVE_INFINITY);
    }
    if (to !== null) this.#seekInternally(to);
  }

  #reportFailure(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#stop.abort();
      if (error instanceof MediaClosed) this.listener.failed("closed", error.message);
      else this.listener.failed("unplayable", String(error));
    });
  }
}

/** Monotonic. */
const seconds = () => performance.now() / 1000;
