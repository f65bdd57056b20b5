/** Tells the server what is watched, in batches: nobody waits for the answers. */
import type { WatchSession } from "../watch/session.svelte";
import { Played } from "./played";

/** Seconds watched until the first report, which makes a view, and between the others. */
const FIRST = 5;
const NEXT = 15;

/** Of this browser for this recording alone: recordings cannot be compared by it. */
function visitor(slug: string): string {
  const key = `aside.visitor.${slug}`;
  const known = localStorage.getItem(key);
  if (known) return known;
  const fresh = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  localStorage.setItem(key, fresh);
  return fresh;
}

/** Begins; returns how to end. */
export function report({ slug, mediator }: Pick<WatchSession, "slug" | "mediator">): () => void {
  const played = new Played();
  let wanted = FIRST;
  const send = () => {
    const stretches = played.take();
    if (stretches.length === 0) return;
    wanted = NEXT;
    const position_ms = Math.round(mediator.state.time * 1000);
    const body = JSON.stringify({ visitor: visitor(slug), stretches: stretches.slice(-100), position_ms });
    navigator.sendBeacon(`/api/watch/${slug}/watched`, new Blob([body], { type: "application/json" }));
  };
  const leave = () => document.hidden && send();
  const stop = mediator.observe((state) => {
    played.observe(state);
    if (played.seconds >= wanted || (state.ended && played.seconds > 0)) send();
  });
  addEventListener("pagehide", send);
  document.addEventListener("visibilitychange", leave);
  return () => {
    send();
    stop();
    removeEventListener("pagehide", send);
    document.removeEventListener("visibilitychange", leave);
  };
}
