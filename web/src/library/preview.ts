/**
 * A muted preview over a poster: some seconds from the parts that are there anyway, by the player of the watch page. One player
 * for all cards, because one preview runs at a time. It is loaded when somebody first points at a card.
 */
import { getWatch } from "../api/client";
import { Mediator } from "../player/mediator";
import { openMedia } from "../watch/media";

/** Milliseconds after which it stops: it shows what the recording is about, and is not watched. */
const LASTS = 8000;

/** Nothing of it is anybody's preference. */
const nowhere = { getItem: () => null, setItem: () => {} };
let player: Mediator | null = null;

/** Shows it in `box` until `signal` is aborted. A recording that cannot be shown stays as it is. */
export async function preview(slug: string, box: HTMLElement, signal: AbortSignal): Promise<void> {
  const info = await getWatch(slug).catch(() => null);
  if (signal.aborted || !info?.playback) return;
  player ??= new Mediator(nowhere);
  const mediator = player;
  const { video } = mediator;
  video.muted = true;
  video.tabIndex = -1;
  video.dataset.testid = "preview";
  const tracks = info.tracks.filter(({ name }) => name === "video");
  mediator.close();
  openMedia(mediator, { ...info, tracks, poster_url: null }, info.duration_ms / 10_000);
  box.append(video);
  mediator.request({ type: "play" });
  const timer = setTimeout(end, LASTS);
  signal.addEventListener("abort", end, { once: true });
  function end() {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    // Another card may have it by now.
    if (video.parentElement !== box) return;
    mediator.close();
    video.remove();
  }
}
