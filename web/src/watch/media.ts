/** Lets the player load a recording. */
import { getWatch } from "../api/client";
import { Problem } from "../api/problem";
import type { Watch } from "../api/types";
import { MediaClosed } from "../player/engine/transport";
import type { Mediator } from "../player/mediator";
import { clampStart } from "../player/start";

/** Lets the picture load from `from` seconds on, if there is one yet and it does not load already. */
export function openMedia(mediator: Mediator, watch: Watch, from: number): void {
  if (!watch.playback || mediator.opened) return;
  if (from === 0) mediator.poster(watch.poster_url);
  const media = {
    url: watch.playback.url,
    // The camera has a player of its own.
    tracks: watch.tracks.filter(({ name }) => name !== "camera"),
    startedAt: watch.started_at / 1000,
    from: clampStart(from, {
      end: watch.duration_ms / 1000,
      ended: !watch.live,
      holdBack: 0,
    }),
  };
  mediator.open(media, () => renew(watch.slug));
}

/** A fresh media link; rejects in the player's own words, so that it knows what is worth another try. */
export async function renew(slug: string): Promise<string> {
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
