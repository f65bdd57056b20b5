/** What controls, keys and comments may ask of the player. Nobody but the mediator touches the `<video>`. */

export type Request =
  | { readonly type: "play" }
  | { readonly type: "pause" }
  | { readonly type: "toggle" }
  /** Seconds from the beginning. */
  | { readonly type: "seek"; readonly to: number }
  /** Seconds from here. */
  | { readonly type: "skip"; readonly by: number }
  | { readonly type: "go_live" }
  | { readonly type: "rate"; readonly to: number }
  /** The next speed up, or down. */
  | { readonly type: "faster"; readonly by: 1 | -1 }
  | { readonly type: "mute"; readonly on: boolean }
  | { readonly type: "volume"; readonly to: number }
  /** A share of the full volume. */
  | { readonly type: "louder"; readonly by: number }
  | { readonly type: "captions"; readonly on: boolean }
  | { readonly type: "fullscreen"; readonly on: boolean }
  /** Picture-in-picture: a small window above all others. */
  | { readonly type: "pip"; readonly on: boolean };

/** What the media said last. Times in seconds. */
export interface PlayerState {
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
  /** Wants to play and has nothing to show. */
  readonly waiting: boolean;
  /** Has ever played: the poster is gone. */
  readonly started: boolean;
  /** Somebody has played or moved it; a link that begins in the middle has not. */
  readonly touched: boolean;
  readonly time: number;
  /** How far the recording reaches so far. */
  readonly end: number;
  /** More may come. */
  readonly live: boolean;
  /** The last picture is in the browser. */
  readonly complete: boolean;
  /** How far behind `end` a live viewer stays when `end` has just moved, in seconds. */
  readonly holdBack: number;
  readonly buffered: readonly (readonly [number, number])[];
  /** What the viewer chose; small corrections of the live distance are not in it. */
  readonly rate: number;
  readonly muted: boolean;
  readonly volume: number;
  readonly captions: boolean;
  readonly fullscreen: boolean;
  readonly pip: boolean;
  /** The server does not answer; playing goes on from the buffer. */
  readonly trouble: boolean;
  readonly failure: { readonly why: "closed" | "unplayable"; readonly detail: string } | null;
}

export const initialState: PlayerState = {
  paused: true,
  ended: false,
  seeking: false,
  waiting: false,
  started: false,
  touched: false,
  time: 0,
  end: 0,
  live: false,
  complete: false,
  holdBack: 1,
  buffered: [],
  rate: 1,
  muted: false,
  volume: 1,
  captions: false,
  fullscreen: false,
  pip: false,
  trouble: false,
  failure: null,
};

/** How much farther behind than the hold-back still counts as live, in seconds. */
const LIVE_SLACK = 2;

/** Whether somebody who plays faster than life has caught up with it: from here on there is nothing to be fast with. */
export function reachedLiveEdge(state: PlayerState): boolean {
  return state.live && state.rate > 1 && !state.paused && state.end - state.time < state.holdBack;
}

/** Whether the viewer sees what happens now. */
export function atLiveEdge(state: PlayerState): boolean {
  return state.live && state.end - state.time <= state.holdBack + LIVE_SLACK;
}
