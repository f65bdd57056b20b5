/** The words of docs/PROTOCOL.md. Instants in microseconds since 1970 (`…_at`), positions in milliseconds (`…_ms`). */

export type RecordingState = "recording" | "interrupted" | "finished";
export type Audience = "link" | "members";
export type TranscriptState = "none" | "waiting" | "running" | "done" | "failed" | "no_model";

export interface User {
  id: string;
  email: string;
  name: string;
  role: "owner" | "admin" | "member" | "viewer";
}

export interface Me {
  user: User | null;
  guest: { name: string } | null;
  setup_needed: boolean;
  server: { transcription: "ready" | "no_model" };
}

export interface RecordingCard {
  id: string;
  slug: string;
  url: string;
  title: string;
  state: RecordingState;
  audience: Audience;
  started_at: number;
  duration_ms: number;
  comments: number;
  poster_url: string | null;
  owner: { id: string; name: string };
}

export interface Watch extends RecordingCard {
  mine: boolean;
  may_comment: boolean;
  live: boolean;
  playback: { url: string; expires_at: number } | null;
  tracks: { name: string; codec: string; width?: number | null; height?: number | null }[];
  transcript: { state: TranscriptState; done_ms: number };
  /** Number of the newest event when this was said. */
  last_event: number;
}

export interface Word {
  n: number;
  start_ms: number;
  end_ms: number;
  text: string;
  /** A pause precedes. */
  gap: boolean;
}

export interface Transcript {
  state: TranscriptState;
  done_ms: number;
  words: Word[];
}

export interface Comment {
  id: string;
  parent_id: string | null;
  at_ms: number;
  end_ms: number | null;
  body: string;
  html: string;
  author: { name: string; kind: "member" | "guest"; id: string | null };
  mine: boolean;
  created_at: number;
  edited_at: number | null;
  resolved_at: number | null;
  resolved_by: string | null;
  deleted: boolean;
}

export interface NewComment {
  at_ms: number;
  end_ms?: number;
  parent_id?: string;
  body: string;
  guest_name?: string;
}

export interface Token {
  id: string;
  name: string;
  kind: string;
  created_at: number;
  last_used_at: number | null;
}

export interface DeviceRequest {
  name: string;
  created_at: number;
  state: "pending" | "approved" | "denied";
}
