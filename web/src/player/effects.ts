/** The request map: what each request does to the media. A table, so that the whole player can be read and tested here. */
import type { PlayerState, Request } from "./requests";

/** The part of `<video>` (and of the box around it) that requests may change. */
export interface Port {
  play(): void;
  pause(): void;
  seek(to: number): void;
  /** Where a live viewer should stand now, in seconds; null while nothing is known. Whoever seeks there follows live. */
  goLive(): number | null;
  rate(to: number): void;
  mute(on: boolean): void;
  volume(to: number): void;
  captions(on: boolean): void;
  fullscreen(on: boolean): void;
  pip(on: boolean): void;
}

type Effects = {
  readonly [T in Request["type"]]: (port: Port, state: PlayerState, request: Request & { type: T }) => void;
};

const within = (state: PlayerState, time: number) => Math.min(Math.max(0, time), Math.max(0, state.end));

/** At the last picture: a link behind the end leads here, and playing on would show nothing. */
const atEnd = ({ live, end, time }: PlayerState) => !live && end > 0 && time > end - 0.2;

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

/** The speed after `rate` in a direction; the last one when there is none. */
export function nextSpeed(rate: number, by: 1 | -1): number {
  const further = by > 0 ? RATES.filter((other) => other > rate) : RATES.filter((other) => other < rate);
  return further.at(by > 0 ? 0 : -1) ?? rate;
}

const effects: Effects = {
  play: (port, state) => {
    if (state.ended || atEnd(state)) port.seek(0);
    port.play();
  },
  pause: (port) => port.pause(),
  toggle: (port, state) => {
    if (state.paused || state.ended) perform(port, state, { type: "play" });
    else port.pause();
  },
  seek: (port, state, { to }) => port.seek(within(state, to)),
  skip: (port, state, { by }) => port.seek(within(state, state.time + by)),
  go_live: (port, state) => {
    port.seek(within(state, port.goLive() ?? state.end - state.holdBack));
    port.rate(1);
    port.play();
  },
  rate: (port, _, { to }) => port.rate(Math.min(4, Math.max(0.25, to))),
  faster: (port, state, { by }) => port.rate(nextSpeed(state.rate, by)),
  mute: (port, _, { on }) => port.mute(on),
  volume: (port, state, { to }) => {
    port.volume(Math.min(1, Math.max(0, to)));
    if (to > 0 && state.muted) port.mute(false);
  },
  louder: (port, state, { by }) =>
    // In steps of a percent: sums of 0.05 would never be exactly 0 or 1.
    perform(port, state, { type: "volume", to: Math.round((state.volume + by) * 100) / 100 }),
  captions: (port, _, { on }) => port.captions(on),
  fullscreen: (port, _, { on }) => port.fullscreen(on),
  pip: (port, _, { on }) => port.pip(on),
};

export function perform(port: Port, state: PlayerState, request: Request): void {
  const effect = effects[request.type] as (port: Port, state: PlayerState, request: Request) => void;
  effect(port, state, request);
}
