/** The stream of what happens to a recording. The browser resumes it by itself (`Last-Event-ID`). */
import { eventsUrl } from "./client";
import type { Comment, RecordingState, TranscriptState, Word } from "./types";

export interface Events {
  comment: Comment;
  words: { words: Word[]; done_ms: number };
  transcript: { state: TranscriptState; done_ms: number };
  recording: { state: RecordingState; duration_ms: number; title: string };
  poster: Record<string, never>;
}

export interface Subscriber {
  /** Connected, for the first time or `again`. */
  opened(again: boolean): void;
  /** The connection is gone; the browser tries again. */
  lost(): void;
  /** The server refuses the stream, as it does when the recording was closed to us. */
  refused(): void;
  event<K extends keyof Events>(name: K, data: Events[K]): void;
}

const NAMES = ["comment", "words", "transcript", "recording", "poster"] as const;

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
