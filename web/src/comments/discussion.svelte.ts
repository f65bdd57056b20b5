/** The comments on a recording, and the changes that people make to them. */
import { addComment } from "../api/client";
import type { Comment, Me, MomentReaction, NewComment, Said } from "../api/types";
import { clock } from "../ui/time";
import { announce, toastError } from "../ui/toasts.svelte";
import { type Thread, threads, upsert } from "./threads";

/** Who looks at the page. */
export interface Viewer {
  me: Me | null;
}

export class Discussion {
  comments = $state.raw<readonly Comment[]>([]);
  /** To moments of the recording. */
  moments = $state.raw<readonly MomentReaction[]>([]);
  loaded = $state(false);
  /** Most bytes of a file of a comment; 0: there are none. Null: not known yet. */
  fileSize = $state<number | null>(null);
  /** The comment that should have the focus next; the list gives it and forgets it. */
  wanted = $state<string | null>(null);
  /** The comment that has the focus. */
  focused = $state<string | null>(null);
  /** What was typed to edit a comment that somebody deleted meanwhile; the panel takes it into its field. */
  rescued = $state<string | null>(null);

  /** Comments that were resolved or reopened here: how often, and how many of these changes are not answered yet. */
  readonly resolves = new Map<string, { turn: number; unanswered: number }>();
  #before: readonly Thread[] = [];
  readonly threads = $derived.by(() => {
    this.#before = threads(this.comments, this.#before);
    return this.#before;
  });

  readonly drawn = $derived(this.comments.filter((comment) => comment.drawn && !comment.deleted));

  constructor(
    readonly slug: string,
    readonly viewer: Viewer,
  ) {}

  /** All there are now. */
  load({ comments, reactions, attachment_bytes }: Said): void {
    this.comments = comments;
    this.moments = reactions;
    this.fileSize = attachment_bytes;
    this.loaded = true;
  }

  /** One is new, or has changed. */
  receive(comment: Comment): void {
    const known = this.comments.find(({ id }) => id === comment.id);
    // The event of an older click would show again what a newer one has changed.
    const changing = (this.resolves.get(comment.id)?.unanswered ?? 0) > 0;
    const { resolved_at, resolved_by } = known && changing ? known : comment;
    this.keep({ ...comment, resolved_at, resolved_by });
    if (!known && !comment.deleted) announce(`${comment.author.name} commented at ${clock(comment.at_ms)}`);
  }

  /** A reaction to a moment is new, or was taken back. */
  react(news: MomentReaction | { readonly id: string; readonly deleted: boolean }): void {
    const held = this.moments.find(({ id }) => id === news.id);
    this.moments = this.moments.filter((it) => it !== held);
    // The stream may not know whose it is.
    if (!("deleted" in news))
      this.moments = [...this.moments, { ...news, mine: news.mine || held?.mine === true }];
  }

  /** Rejects with a `Problem` when the server refuses; the words then still stand in the field. */
  async add(body: NewComment): Promise<Comment> {
    const comment = await addComment(this.slug, body);
    this.keep(comment);
    const { viewer } = this;
    if (body.guest_name && viewer.me) viewer.me = { ...viewer.me, guest: { name: body.guest_name } };
    return comment;
  }

  /** The server no longer knows the name we gave: it is asked for again. */
  forgetGuest(): void {
    const { viewer } = this;
    if (viewer.me) viewer.me = { ...viewer.me, guest: null };
  }

  /** Changes are made by code that is loaded with the first of them. */
  async resolve(comment: Comment, resolved: boolean): Promise<void> {
    await this.#act((acts) => acts.resolve(this, comment, resolved));
  }

  async remove(comment: Comment): Promise<void> {
    await this.#act((acts) => acts.remove(this, comment));
  }

  async #act(act: (acts: typeof import("./acts")) => Promise<void>): Promise<void> {
    const acts = await import("./acts").catch((error: unknown) => toastError(error, "comments"));
    if (acts) await act(acts);
  }

  keep(comment: Comment): void {
    this.comments = upsert(this.comments, comment, this.viewer.me?.user?.id ?? null);
  }
}
