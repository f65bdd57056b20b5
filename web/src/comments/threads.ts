/** Comments as threads, and what one that comes in does to them. Pure. */
import type { Comment } from "../api/types";

export interface Thread {
  readonly root: Comment;
  readonly replies: readonly Comment[];
}

const byMoment = (a: Comment, b: Comment) =>
  a.at_ms - b.at_ms || a.created_at - b.created_at || (a.id < b.id ? -1 : 1);
const byInstant = (a: Comment, b: Comment) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1);

/** Threads by the moment they stand at. What was deleted stays only while living replies hang on it. */
export function threads(comments: readonly Comment[]): Thread[] {
  const replies = new Map<string, Comment[]>();
  for (const comment of comments) {
    if (comment.parent_id === null || comment.deleted) continue;
    const thread = replies.get(comment.parent_id);
    if (thread) thread.push(comment);
    else replies.set(comment.parent_id, [comment]);
  }
  return comments
    .filter((comment) => comment.parent_id === null)
    .map((root) => ({ root, replies: (replies.get(root.id) ?? []).sort(byInstant) }))
    .filter(({ root, replies }) => !root.deleted || replies.length > 0)
    .sort((a, b) => byMoment(a.root, b.root));
}

/**
 * Takes in a comment, new or changed. Events say nothing about whose it is (`mine` is false in all of them), and may
 * overtake the answer to the request that caused them, so `mine` once known is kept.
 */
export function upsert(comments: readonly Comment[], incoming: Comment, me: string | null): Comment[] {
  const held = comments.find((comment) => comment.id === incoming.id);
  const mine = incoming.mine || held?.mine || (me !== null && incoming.author.id === me);
  const next = { ...incoming, mine };
  return held ? comments.map((comment) => (comment.id === next.id ? next : comment)) : [...comments, next];
}

/** How long a comment without an end stays lit, in milliseconds. */
const GLOW = 4000;

/** Ids of the threads the playhead passes. */
export function lit(list: readonly Thread[], ms: number): Set<string> {
  const on = list.filter(
    ({ root }) => ms >= root.at_ms && ms < Math.max(root.end_ms ?? 0, root.at_ms + GLOW),
  );
  return new Set(on.map(({ root }) => root.id));
}
