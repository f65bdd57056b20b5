/** Reads one track's playlist again and again: whole at first, then as delta updates where the server makes them. */
import { type Cursor, upcoming } from "./plan";
import { type Playlist, PlaylistError, parsePlaylist } from "./playlist";
import type { Transport } from "./transport";

export interface ReaderParts {
  readonly transport: Pick<Transport, "get">;
  /** Wall-clock milliseconds of the first picture. */
  readonly startedAt: number;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export class PlaylistReader {
  #known: Playlist | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  /** How much later than the picture the track begins, in seconds. */
  #late = 0;

  constructor(
    readonly name: string,
    private readonly parts: ReaderParts,
  ) {}

  /** The playlist as it stands; with `block`, as soon as it holds something we have not seen. */
  async read(signal: AbortSignal, block = false): Promise<Playlist> {
    const delta = this.#deltable;
    const asked = this.parts.now();
    const text = await this.#text(query(this.#known, block, delta), signal);
    try {
      this.#known = this.#parse(text);
    } catch (error) {
      if (!(error instanceof PlaylistError) || !delta) throw error;
      this.#known = null;
      return this.read(signal);
    }
    this.#readAt = asked;
    return this.#known;
  }

  /** A delta update leaves out what is older than `skipUntil`; half of that is a safe age for what we have. */
  get #deltable(): boolean {
    return this.#known !== null && this.parts.now() - this.#readAt < this.#known.skipUntil / 2;
  }

  #text(query: string, signal: AbortSignal): Promise<string> {
    return this.parts.transport.get(`${this.name}.m3u8${query}`, signal, (answer) => answer.text());
  }

  #parse(text: string): Playlist {
    if (this.#known) return parsePlaylist(text, this.#late, this.#known);
    const { beginsAt } = parsePlaylist(text);
    this.#late = beginsAt === null ? 0 : Math.max(0, (beginsAt - this.parts.startedAt) / 1000);
    return parsePlaylist(text, this.#late);
  }
}

/** Every query says that we follow, so that parts stay listed when the recording ends. */
function query(known: Playlist | null, block: boolean, delta: boolean): string {
  const cursor: Cursor | null = known && (block ? upcoming(known) : newest(known));
  if (!cursor) return "";
  return `?_HLS_msn=${cursor.msn}&_HLS_part=${cursor.part}${delta ? "&_HLS_skip=YES" : ""}`;
}

/** Something that is there already, so that the answer comes at once. */
function newest(playlist: Playlist): Cursor | null {
  const last = playlist.segments.at(-1);
  return last ? { msn: last.msn, part: 0 } : null;
}
