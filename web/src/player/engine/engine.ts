/**
 * Plays a take through Media Source Extensions while it is being made and after.
 *
 * Written for the one shape of media that docs/PROTOCOL.md describes (a video and an audio playlist on one
 * timeline, immutable CMAF pieces), which is why it is a tenth of the size of a general HLS player. Surprises:
 * - Only the first track's playlist is requested blocking; the others are read right after it. A browser opens six
 *   connections to a server, and two tabs must not use them all up for waiting.
 * - The take's length is `Edge`, not `video.duration`, which is infinite while the take runs.
 */
import { clampStart } from "../start";
import { Feed } from "./feed";
import { upcoming } from "./plan";
import type { Listener, Playback, TakeMedia } from "./playback";
import { type Playlist, parsePlaylist } from "./playlist";
import { endOfRun, leapFrom, toRanges } from "./ranges";
import { Sink } from "./sink";
import { MediaClosed, Transport, waitOnWindow } from "./transport";

/** Seconds held ahead before anybody pressed play, and after. */
const GOAL_IDLE = 8;
const GOAL = 40;
/** Shortest time between two looks at a playlist that has nothing new, in milliseconds. */
const PATIENCE = 500;

const KINDS: Record<string, string> = { video: "video/mp4", audio: "audio/mp4" };

export function canPlay(tracks: TakeMedia["tracks"]): boolean {
  return "MediaSource" in globalThis && playable(tracks).every((t) => MediaSource.isTypeSupported(mime(t)));
}

const playable = (tracks: TakeMedia["tracks"]) => tracks.filter((track) => track.name in KINDS);
const mime = (track: TakeMedia["tracks"][number]) => `${KINDS[track.name]}; codecs="${track.codec}"`;

export class Engine implements Playback {
  readonly #stop = new AbortController();
  readonly #source = new MediaSource();
  readonly #transport: Transport;
  #feeds: Feed[] = [];
  #following = false;
  /** Playing had reached an end that turned out to be none. */
  #woken = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly take: TakeMedia,
    private readonly listener: Listener,
  ) {
    this.#transport = new Transport(take.url, {
      renew: () => listener.renew(),
      trouble: (now) => listener.trouble(now),
      fetch: (url, init) => fetch(url, init),
      wait: waitOnWindow,
    });
    this.#guard(this.#start());
  }

  refresh(): void {
    if (this.#feeds.length === 0 || this.#following) return;
    this.#woken ||= this.video.ended;
    this.#guard(this.#follow(true));
  }

  close(): void {
    this.#stop.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  async #start(): Promise<void> {
    const { signal } = this.#stop;
    const tracks = playable(this.take.tracks);
    const playlists = Promise.all(tracks.map((track) => this.#playlist(track.name, "")));
    await this.#attach(signal);
    // A track that was announced and has brought nothing yet would be waited for at every place.
    const found = (await playlists).map((playlist) => (playlist.segments.length > 0 ? playlist : null));

    const known = found.filter((playlist) => playlist !== null);
    const from = clampStart(this.take.from, {
      end: Math.max(0, ...known.map(({ end }) => end)),
      ended: known.every(({ ended }) => ended),
      holdBack: known[0]?.holdBack ?? 0,
    });
    if (from !== this.take.from && this.video.readyState === 0) this.video.currentTime = from;
    const playhead = () => (this.video.readyState === 0 ? from : this.video.currentTime);
    const goal = () => (this.video.paused && this.video.played.length === 0 ? GOAL_IDLE : GOAL);
    const buffers = tracks.map((track, i) => (found[i] ? this.#source.addSourceBuffer(mime(track)) : null));
    this.#feeds = tracks.flatMap((track, i) => {
      const [buffer, playlist] = [buffers[i], found[i]];
      if (!buffer || !playlist) return [];
      const sink = new Sink(buffer, this.#source, () => this.video.currentTime);
      const progressed = () => this.#settle();
      return new Feed(track.name, playlist, { sink, transport: this.#transport, playhead, goal, progressed });
    });
    this.#settle();
    this.#listen(signal);
    for (const feed of this.#feeds) this.#guard(feed.run(signal));
    await this.#follow(false);
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
      for (const feed of this.#feeds) feed.seek(this.video.currentTime);
    };
    this.video.addEventListener("timeupdate", wake, { signal });
    this.video.addEventListener("play", wake, { signal });
    this.video.addEventListener("seeking", seek, { signal });
    this.video.addEventListener("waiting", () => this.#leap(), { signal });
    this.video.addEventListener(
      "error",
      () => this.listener.failed("unplayable", this.video.error?.message ?? ""),
      { signal },
    );
  }

  /** Reads the playlists again and again until the take has ended. */
  async #follow(again: boolean): Promise<void> {
    const [lead, ...others] = this.#feeds;
    if (!lead) return;
    this.#following = true;
    try {
      let look = again;
      while (look || !this.#feeds.every((feed) => feed.playlist.ended)) {
        const before = this.#feeds.map((feed) => feed.playlist);
        // Told that there is news, or waiting for the others alone: ask without blocking.
        const block = !look && !lead.playlist.ended;
        lead.update(await this.#playlist(lead.name, block ? next(lead.playlist) : held(lead.playlist)));
        await Promise.all(
          others.map(async (feed) => feed.update(await this.#playlist(feed.name, held(feed.playlist)))),
        );
        this.#settle();
        look = false;
        const news = this.#feeds.some((feed, i) => feed.playlist.end !== before[i]?.end);
        if (!news) await waitOnWindow(PATIENCE, this.#stop.signal);
      }
    } finally {
      this.#following = false;
    }
  }

  #playlist(name: string, query: string): Promise<Playlist> {
    return this.#transport.get(`${name}.m3u8${query}`, this.#stop.signal, async (answer) => {
      const text = await answer.text();
      const { beginsAt } = parsePlaylist(text);
      const late = beginsAt === null ? 0 : Math.max(0, (beginsAt - this.take.startedAt) / 1000);
      return parsePlaylist(text, late);
    });
  }

  /** Brings the media source in line with what is known and loaded; cheap, and called after every change. */
  #settle(): void {
    if (this.#source.readyState === "closed" || this.#feeds.length === 0) return;
    const end = Math.max(...this.#feeds.map((feed) => feed.playlist.end));
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
    this.#leap();
    this.#wake();
    const holdBack = this.#feeds[0]?.playlist.holdBack ?? 0;
    this.listener.edge({ end, ended, complete, holdBack });
  }

  /** Chromium's decoders, once they have ended, take up new media only after a seek. */
  #wake(): void {
    const now = this.video.currentTime;
    if (!this.#woken || (endOfRun(toRanges(this.video.buffered), now) ?? now) < now + 0.2) return;
    this.#woken = false;
    this.video.currentTime = now;
  }

  /** Steps over a hole in the media, such as a sound that begins a little later than the picture. */
  #leap(): void {
    if (this.video.readyState === 0 || this.video.readyState > 2) return;
    const now = this.video.currentTime;
    const ranges = toRanges(this.video.buffered);
    let to = leapFrom(ranges, now);
    // A larger hole may be of our own making: it is loaded once more before it is believed.
    const settled = to === null && this.#feeds.every((feed) => feed.idle);
    if (settled && !this.#feeds.map((feed) => feed.mend(now)).includes(true)) {
      to = leapFrom(ranges, now, Number.POSITIVE_INFINITY);
    }
    if (to !== null) this.video.currentTime = to;
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#stop.abort();
      if (error instanceof MediaClosed) this.listener.failed("closed", error.message);
      else this.listener.failed("unplayable", String(error));
    });
  }
}

/** Blocks until the next part is there. */
function next(playlist: Playlist): string {
  const { msn, part } = upcoming(playlist);
  return `?_HLS_msn=${msn}&_HLS_part=${part}`;
}

/** Is answered at once, and says that we follow: the parts stay listed when the take ends. */
function held(playlist: Playlist): string {
  const last = playlist.segments.at(-1);
  return last ? `?_HLS_msn=${last.msn}&_HLS_part=0` : "";
}
