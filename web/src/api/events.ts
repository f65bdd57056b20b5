/** What happens to a recording, as it happens. */
import { eventsUrl } from "./client";
import { EventStream, onPage } from "./event-stream";
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
  layout: 0,
  mark: 0,
  download: 0,
  sharing: 0,
  reaction: 0,
  turns: 0,
  reload: 0,
} satisfies Record<keyof Events, 0>) as (keyof Events)[];

/** Subscribes to what happened after the event numbered `after`; returns how to stop. */
export function subscribe(slug: string, after: number, subscriber: Subscriber): () => void {
  const listener = {
    opened: (again: boolean) => subscriber.opened(again),
    lost: () => subscriber.lost(),
    refused: () => subscriber.refused(),
    message: (name: string, data: string) => subscriber.event(name as keyof Events, JSON.parse(data)),
  };
  const stream = new EventStream(
    after,
    listener,
    onPage(NAMES, (from) => eventsUrl(slug, from)),
  );
  return () => stream.close();
}
