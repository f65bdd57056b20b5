/**
 * A muted preview over a poster: the lively seconds that a worker made, again and again; where there are none (yet), some seconds
 * from the parts that are there anyway, by the player of the watch page. One player for all cards, because one preview runs at
 * a time. It is loaded when somebody first points at a card.
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
  if (!(await lively(slug, box, signal)) && !signal.aborted) await parts(slug, box, signal);
}

/** Whether there are lively seconds. */
function lively(slug: string, box: HTMLElement, signal: AbortSignal): Promise<boolean> {
  const video = silent(document.createElement("video"));
  video.loop = true;
  video.autoplay = true;
  video.src = `/api/watch/${encodeURIComponent(slug)}/preview.mp4`;
  const shown = new Promise<boolean>((resolve) => {
    video.addEventListener("canplay", () => resolve(true), { once: true });
    video.addEventListener("error", () => resolve(false), { once: true });
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
  return shown.then((found) => {
    if (!found || signal.aborted) {
      video.removeAttribute("src");
      return found;
    }
    box.append(video);
    // One that may not begin by itself stays a poster.
    void video.play().catch(() => video.remove());
    until(signal, () => {
      video.remove();
      video.removeAttribute("src");
    });
    return true;
  });
}

async function parts(slug: string, box: HTMLElement, signal: AbortSignal): Promise<void> {
  const info = await getWatch(slug).catch(() => null);
  if (signal.aborted || !info?.playback) return;
  player ??= new Mediator(nowhere);
  const mediator = player;
  const video = silent(mediator.video);
  const tracks = info.tracks.filter(({ name }) => name === "video");
  mediator.close();
  openMedia(mediator, { ...info, tracks, poster_url: null }, info.duration_ms / 10_000);
  box.append(video);
  mediator.request({ type: "play" });
  until(signal, () => {
    // Another card may have it by now.
    if (video.parentElement !== box) return;
    mediator.close();
    video.remove();
  });
}

function silent(video: HTMLVideoElement): HTMLVideoElement {
  video.muted = true;
  video.playsInline = true;
  video.tabIndex = -1;
  video.dataset.testid = "preview";
  return video;
}

/** Ends it when the pointer leaves, and after a while. */
function until(signal: AbortSignal, end: () => void) {
  const once = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", once);
    end();
  };
  const timer = setTimeout(once, LASTS);
  signal.addEventListener("abort", once, { once: true });
}
