/** What people do to comments that are there; loaded when somebody does. */
import { changeBody } from "../api/changes";
import * as api from "../api/client";
import { Conflict } from "../api/conflict";
import type { Comment } from "../api/types";
import { undoable } from "../ui/undoable";
import type { Discussion } from "./discussion.svelte";
import { neighbour } from "./threads";

/** New words for a comment that read as in `seen`; rejects with `Conflict` where it reads otherwise by now. */
export async function edit(discussion: Discussion, seen: Comment, body: string): Promise<void> {
  try {
    discussion.keep(await changeBody(discussion.slug, seen, body));
  } catch (error) {
    if (error instanceof Conflict) discussion.keep(error.now as Comment);
    throw error;
  }
}

export function resolve(discussion: Discussion, comment: Comment, resolved: boolean): Promise<void> {
  return undoable(
    resolved ? "Resolved" : "Thread reopened",
    async () => {
      // Shown before the server answers; taken back if it refuses.
      const at = resolved ? Date.now() * 1000 : null;
      const { me } = discussion.viewer;
      const by = resolved ? (me?.user?.name ?? me?.guest?.name ?? null) : null;
      discussion.keep({ ...comment, resolved_at: at, resolved_by: by });
      discussion.wanted = comment.id;
      const resolves = discussion.resolves.get(comment.id) ?? { turn: 0, unanswered: 0 };
      discussion.resolves.set(comment.id, resolves);
      resolves.turn += 1;
      resolves.unanswered += 1;
      const { turn } = resolves;
      // The answer to an older click is passed over as well.
      const newest = () => resolves.turn === turn;
      try {
        const answer = await api.changeComment(comment.id, { resolved }, null);
        if (newest()) discussion.keep(answer);
      } catch (error) {
        if (newest()) discussion.keep(comment);
        throw error;
      } finally {
        resolves.unanswered -= 1;
      }
    },
    () => resolve(discussion, comment, !resolved),
    `resolve ${comment.id}`,
  );
}

export function remove(discussion: Discussion, comment: Comment): Promise<void> {
  return undoable(
    comment.parent_id === null ? "Comment deleted" : "Reply deleted",
    async () => {
      const next = neighbour(discussion.threads, comment.id);
      await api.deleteComment(comment.id);
      discussion.keep({ ...comment, deleted: true });
      const stays = discussion.threads.some(({ root }) => root.id === comment.id);
      discussion.wanted = stays ? comment.id : (next ?? "");
    },
    async () => {
      discussion.keep(await api.restoreComment(comment.id));
      discussion.wanted = comment.id;
    },
    `delete ${comment.id}`,
  );
}
