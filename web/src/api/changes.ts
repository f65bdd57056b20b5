/** Changes that do not overwrite what somebody else has changed meanwhile (`conflict.ts`). */
import * as api from "./client";
import { changeUnlessConflict } from "./conflict";
import { Problem } from "./problem";
import * as recordings from "./recordings";
import type { Comment, RecordingCard } from "./types";

/** A recording as somebody saw it when they began to change it. */
export type SeenRecording = Pick<RecordingCard, "id" | "slug" | "title" | "audience" | "version">;

export const changeTitle = (seen: SeenRecording, title: string): Promise<RecordingCard> =>
  changeUnlessConflict(seen, {
    send: (version) => recordings.changeRecording(seen.id, { title }, version),
    read: () => api.getWatch(seen.slug),
    same: (now) => now.title === seen.title,
  });

/** New words for a comment of the recording behind `slug`. */
export const changeBody = (slug: string, seen: Comment, body: string): Promise<Comment> =>
  changeUnlessConflict(seen, {
    send: (version) => api.changeComment(seen.id, { body }, version),
    read: async () => {
      const now = (await api.getComments(slug)).comments.find(({ id }) => id === seen.id);
      if (!now || now.deleted) throw new Problem(410, "gone", "This comment was deleted.");
      return now;
    },
    same: (now) => now.body === seen.body,
  });
