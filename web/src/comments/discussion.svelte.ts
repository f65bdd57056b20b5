/** The comments on a recording, and the changes that people make to them. */
import { changeBody } from "../api/changes";
import * as api from "../api/client";
import { Conflict } from "../api/conflict";
import type { Comment, Me, NewComment } from "../api/types";
import { clock } from "../ui/time";
import { announce } from "../ui/toasts.svelte";
import { undoable } from "../ui/undoable";
import { neighbour, type Thread, threads, upsert } from "./threads";

/** Who looks at the page. */
export interface Viewer {
  me: Me | null;
}

export class Discussion {
  comments = $state.raw<readonly Comment[]>([]);
  loaded = $state(false);
  /** The comment that should have the focus next; the list gives it and forgets it. */
  wanted = $state<string | null>(null);
  /** What was typed to edit a comment that somebody deleted meanwhile; the panel takes it into its field. */
  rescued = $state<string | null>(null);

  /** Comments that were resolved or reopened here: how often, and how many of these changes are not answered yet. */
  readonly #resolves = new Map<string, { turn: number; unanswered: number }>();
  #before: readonly Thread[] = [];
  readonly threads = $derived.by(() => {
    this.#before = threads(this.comments, this.#before);
    return this.#before;
  });

  constructor(
    readonly slug: string,
    private readonly viewer: Viewer,
  ) {}

  /** All there are now. */
  load(comments: readonly Comment[]): void {
    this.comments = comments;
    this.loaded = true;
  }

  /** One is new, or has changed. */
  receive(comment: Comment): void {
    const known = this.comments.find(({ id }) => id === comment.id);
    // The event of an older click would show again what a newer one has changed.
    const changing = (this.#resolves.get(comment.id)?.unanswered ?? 0) > 0;
    const { resolved_at, resolved_by } = known && changing ? known : comment;
    this.#keep({ ...comment, resolved_at, resolved_by });
    if (!known && !comment.deleted) announce(`${comment.author.name} commented at ${clock(comment.at_ms)}`);
  }

  /** Rejects with a `Problem` when the server refuses; the words then still stand in the field. */
  async add(body: NewComment): Promise<Comment> {
    const comment = await api.addComment(this.slug, body);
    this.#keep(comment);
    const { viewer } = this;
    if (body.guest_name && viewer.me) viewer.me = { ...viewer.me, guest: { name: body.guest_name } };
    return comment;
  }

  /** The server no longer knows the name we gave: it is asked for again. */
  forgetGuest(): void {
    const { viewer } = this;
    if (viewer.me) viewer.me = { ...viewer.me, guest: null };
  }

  /** New words for a comment that read as in `seen`; rejects with `Conflict` where it reads otherwise by now. */
  async edit(seen: Comment, body: string): Promise<void> {
    try {
      this.#keep(await changeBody(this.slug, seen, body));
    } catch (error) {
      if (error instanceof Conflict) this.#keep(error.now as Comment);
      throw error;
    }
  }

  resolve(comment: Comment, resolved: boolean): Promise<void> {
    return undoable(
      resolved ? "Resolved" : "Thread reopened",
      async () => {
        // Shown before the server answers; taken back if it refuses.
        const at = resolved ? Date.now() * 1000 : null;
        const { me } = this.viewer;
        const by = resolved ? (me?.user?.name ?? me?.guest?.name ?? null) : null;
        this.#keep({ ...comment, resolved_at: at, resolved_by: by });
        this.wanted = comment.id;
        const resolves = this.#resolves.get(comment.id) ?? { turn: 0, unanswered: 0 };
        this.#resolves.set(comment.id, resolves);
        resolves.turn += 1;
        resolves.unanswered += 1;
        const { turn } = resolves;
        // The answer to an older click is passed over as well.
        const newest = () => resolves.turn === turn;
        try {
          const answer = await api.changeComment(comment.id, { resolved }, null);
          if (newest()) this.#keep(answer);
        } catch (error) {
          if (newest()) this.#keep(comment);
          throw error;
        } finally {
          resolves.unanswered -= 1;
        }
      },
      () => this.resolve(comment, !resolved),
      `resolve ${comment.id}`,
    );
  }

  remove(comment: Comment): Promise<void> {
    return undoable(
      comment.parent_id === null ? "Comment deleted" : "Reply deleted",
      async () => {
        const next = neighbour(this.threads, comment.id);
        await api.deleteComment(comment.id);
        this.#keep({ ...comment, deleted: true });
        const stays = this.threads.some(({ root }) => root.id === comment.id);
        this.wanted = stays ? comment.id : (next ?? "");
      },
      async () => {
        this.#keep(await api.restoreComment(comment.id));
        this.wanted = comment.id;
      },
      `delete ${comment.id}`,
    );
  }

  #keep(comment: Comment): void {
    this.comments = upsert(this.comments, comment, this.viewer.me?.user?.id ?? null);
  }
}
