/** What the player needs from whatever brings the media: our own engine, or the browser's HLS. */

export interface RecordingMedia {
  /** Master playlist, `/media/{capability}/master.m3u8`. */
  readonly url: string;
  readonly tracks: readonly { readonly name: string; readonly codec: string }[];
  /** Wall-clock milliseconds of the first picture. */
  readonly startedAt: number;
  /** Where playing will begin, in seconds. */
  readonly from: number;
}

/** How far the recording reaches. */
export interface Edge {
  /** End of what the server holds, in seconds. */
  readonly end: number;
  /** No more will come (for now: an interrupted recording may go on). */
  readonly ended: boolean;
  /** The last picture and the last sound are in the browser. */
  readonly complete: boolean;
  /** How far behind `end` a live viewer stays when `end` has just moved, in seconds. */
  readonly holdBack: number;
}

export type Failure =
  /** Deleted or closed to us. */
  | "closed"
  /** The browser cannot show what came. */
  | "unplayable";

export interface Listener {
  edge(edge: Edge): void;
  /** Who follows live should play at this multiple of the ordinary speed, to keep the right distance. */
  correctRate(rate: number): void;
  /** The server stopped or began to answer again. */
  trouble(now: boolean): void;
  failed(why: Failure, detail: string): void;
  /** A fresh master playlist URL. */
  renew(): Promise<string>;
}

export interface Playback {
  /** The recording may have grown after its end: look again. */
  refresh(): void;
  /** Where a live viewer should stand now, in seconds; null while nothing is known. Whoever seeks there follows live. */
  goLive(): number | null;
  close(): void;
}
