/**
 * What a watch page does before anything is drawn: ask for the recording and let the picture load. It needs neither
 * the user interface nor its framework, so it runs while those are still on their way.
 */
import { getMe, getWatch } from "../api/client";
import { Problem } from "../api/problem";
import type { Me, Watch } from "../api/types";
import { MediaClosed } from "../player/engine/transport";
import { Mediator } from "../player/mediator";
import { clampStart } from "../player/start";
import { parseClock } from "../ui/time";

export interface Early {
  readonly slug: string;
  /** Where the link asks to start, in seconds. */
  readonly from: number;
  readonly mediator: Mediator;
  readonly watch: Promise<Watch>;
  readonly me: Promise<Me>;
}

export function begin(slug: string, query: URLSearchParams): Early {
  const from = (parseClock(query.get("t") ?? "") ?? 0) / 1000;
  const mediator = new Mediator();
  const watch = getWatch(slug);
  const me = getMe();
  watch.then((found) => openMedia(mediator, found, from)).catch(() => {}); // The page tells of errors.
  me.catch(() => {});
  return { slug, from, mediator, watch, me };
}

/** Lets the picture load, if there is one yet and it does not load already. */
export function openMedia(mediator: Mediator, watch: Watch, from: number): void {
  if (!watch.playback || mediator.opened) return;
  if (from === 0) mediator.poster(watch.poster_url);
  const take = {
    url: watch.playback.url,
    tracks: watch.tracks,
    startedAt: watch.started_at / 1000,
    from: clampStart(from, {
      end: watch.duration_ms / 1000,
      ended: !watch.live,
      holdBack: 0,
    }),
  };
  mediator.open(take, () => renew(watch.slug));
}

/** A fresh media link; rejects in the player's own words, so that it knows what is worth another try. */
async function renew(slug: string): Promise<string> {
  try {
    const { playback } = await getWatch(slug);
    if (playback) return playback.url;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const passing = error.code === "unreachable" || error.status >= 500 || error.status === 429;
    throw passing ? new TypeError(error.message) : new MediaClosed(error.status);
  }
  throw new MediaClosed(404);
}
