/** Media keys, and what the system shows of what is played. */
import { SERVER } from "../ui/server";
import type { WatchSession } from "./session.svelte";

/** Seconds that the keys for it go back and forth. */
const SKIP = 10;

let attached = false;

export function attachMediaSession(session: WatchSession): void {
  if (attached || !("mediaSession" in navigator)) return;
  attached = true;
  const { mediaSession } = navigator;
  const info = session.info;
  const artwork = info?.poster_url ? [{ src: info.poster_url, type: "image/jpeg" }] : [];
  mediaSession.metadata = new MediaMetadata({
    title: info?.title || "Untitled recording",
    artist: info?.owner.name ?? "",
    album: SERVER,
    artwork,
  });
  const on = (action: MediaSessionAction, act: (details: MediaSessionActionDetails) => void) => {
    try {
      mediaSession.setActionHandler(action, act);
    } catch {
      // This browser knows no such key.
    }
  };
  on("play", () => session.request({ type: "play" }));
  on("pause", () => session.request({ type: "pause" }));
  on("stop", () => session.request({ type: "pause" }));
  on("seekbackward", ({ seekOffset }) => session.request({ type: "skip", by: -(seekOffset ?? SKIP) }));
  on("seekforward", ({ seekOffset }) => session.request({ type: "skip", by: seekOffset ?? SKIP }));
  on("seekto", ({ seekTime }) => seekTime != null && session.request({ type: "seek", to: seekTime }));
  const chapter = (by: 1 | -1) => () =>
    void import("../chapters/keys").then(({ toChapter }) => toChapter(session, by)).catch(() => {});
  on("previoustrack", chapter(-1));
  on("nexttrack", chapter(1));
  session.mediator.observe(({ paused, time, rate }) => {
    mediaSession.playbackState = paused ? "paused" : "playing";
    const duration = session.length / 1000;
    if (duration > 0 && time <= duration)
      mediaSession.setPositionState?.({ duration, position: time, playbackRate: rate });
  });
}
