/** The stream of what happens to a recording. The browser resumes it by itself (`Last-Event-ID`). */
import { eventsUrl } from "./client";
import type { Events } from "./types";

export type { Events };

export interface Subscriber {
  /** Connected, for the first time or `again`. */
  opened(again: boolean): void;
  /** The connection is gone; the browser tries again. */
  lost(): void;
  /** The server refuses the stream, as it does when the recording was closed to us. */
  refused(): void;
  event<K extends keyof Events>(name: K, data: Events[K]): void;
}

/** Complete, as the type says. */
const NAMES = Object.keys({
  comment: 0,
  words: 0,
  transcript: 0,
  recording: 0,
  poster: 0,
  reload: 0,
} satisfies Record<keyof Events, 0>) as (keyof Events)[];

/** Subscribes to what happened after the event numbered `after`; returns how to stop. */
export function subscribe(slug: string, after: number, subscriber: Subscriber): () => void {
  const source = new EventSource(eventsUrl(slug, after));
  let again = false;
  source.addEventListener("open", () => {
    subscriber.opened(again);
    again = true;
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) subscriber.refused();
    else subscriber.lost();
  });
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      subscriber.event(name, JSON.parse(event.data));
    });
  }
  return () => source.close();
}
