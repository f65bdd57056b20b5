/** Comments as threads, and what one that comes in does to them. Pure. */
import type { Comment } from "../api/types";

export interface Thread {
  readonly root: Comment;
  readonly replies: readonly Comment[];
}

const byMoment = (a: Comment, b: Comment) =>
  a.at_ms - b.at_ms || a.created_at - b.created_at || (a.id < b.id ? -1 : 1);
const byInstant = (a: Comment, b: Comment) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1);

/**
 * Threads by the moment they stand at. What was deleted stays only while living replies hang on it. A thread in which
 * nothing has changed since `before` is the same object, so that a page with a thousand draws only what is new.
 */
export function threads(comments: readonly Comment[], before: readonly Thread[] = []): Thread[] {
  const known = new Map(before.map((thread) => [thread.root.id, thread]));
  const replies = new Map<string, Comment[]>();
  for (const comment of comments) {
    if (comment.parent_id === null || comment.deleted) continue;
    const thread = replies.get(comment.parent_id);
    if (thread) thread.push(comment);
    else replies.set(comment.parent_id, [comment]);
  }
  return comments
    .filter((comment) => comment.parent_id === null)
    .map((root) => {
      const thread = { root, replies: (replies.get(root.id) ?? []).sort(byInstant) };
      const old = known.get(root.id);
      return old && same(old, thread) ? old : thread;
    })
    .filter(({ root, replies }) => !root.deleted || replies.length > 0)
    .sort((a, b) => byMoment(a.root, b.root));
}

const same = (a: Thread, b: Thread) =>
  a.root === b.root &&
  a.replies.length === b.replies.length &&
  a.replies.every((reply, i) => reply === b.replies[i]);

/** The comment that takes the place of `id` when it goes: the one below it, else above. Null when none is left. */
export function neighbour(list: readonly Thread[], id: string): string | null {
  const shown = list.flatMap(({ root, replies }) => [root.id, ...replies.map((reply) => reply.id)]);
  const at = shown.indexOf(id);
  return at < 0 ? null : (shown[at + 1] ?? shown[at - 1] ?? null);
}

/**
 * Takes in a comment, new or changed. A stream that was opened before a guest had a name does not know whose it is, and an
 * event may overtake the answer to the request that caused it, so `mine` once known is kept.
 */
export function upsert(comments: readonly Comment[], incoming: Comment, me: string | null): Comment[] {
  const held = comments.find((comment) => comment.id === incoming.id);
  const mine = incoming.mine || held?.mine || (me !== null && incoming.author.id === me);
  const next = { ...incoming, mine };
  return held ? comments.map((comment) => (comment.id === next.id ? next : comment)) : [...comments, next];
}

/** How long a comment without an end counts as active, in milliseconds. */
const ACTIVE_MS = 4000;

/** Ids of the threads the playhead passes. */
export function activeThreads(list: readonly Thread[], ms: number): Set<string> {
  const on = list.filter(
    ({ root }) => ms >= root.at_ms && ms < Math.max(root.end_ms ?? 0, root.at_ms + ACTIVE_MS),
  );
  return new Set(on.map(({ root }) => root.id));
}
