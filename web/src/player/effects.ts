/** The request map: what each request does to the media. A table, so that the whole player can be read and tested here. */
import type { PlayerState, Request } from "./requests";

/** The part of `<video>` (and of the box around it) that requests may change. */
export interface Port {
  play(): void;
  pause(): void;
  seek(to: number): void;
  rate(to: number): void;
  mute(on: boolean): void;
  volume(to: number): void;
  captions(on: boolean): void;
  fullscreen(on: boolean): void;
}

type Effects = {
  readonly [T in Request["type"]]: (port: Port, state: PlayerState, request: Request & { type: T }) => void;
};

const within = (state: PlayerState, time: number) => Math.min(Math.max(0, time), Math.max(0, state.end));

export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

const effects: Effects = {
  play: (port, state) => {
    if (state.ended) port.seek(0);
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
    port.seek(within(state, state.end - state.holdBack));
    port.rate(1);
    port.play();
  },
  rate: (port, _, { to }) => port.rate(Math.min(4, Math.max(0.25, to))),
  mute: (port, _, { on }) => port.mute(on),
  volume: (port, state, { to }) => {
    port.volume(Math.min(1, Math.max(0, to)));
    if (to > 0 && state.muted) port.mute(false);
  },
  captions: (port, _, { on }) => port.captions(on),
  fullscreen: (port, _, { on }) => port.fullscreen(on),
};

export function perform(port: Port, state: PlayerState, request: Request): void {
  const effect = effects[request.type] as (port: Port, state: PlayerState, request: Request) => void;
  effect(port, state, request);
}
