/** A comment that is being written: where it stands, its words, and what becomes of them. */
import { Problem, say } from "../api/problem";
import type { Comment } from "../api/types";
import { toast } from "../ui/toasts.svelte";
import type { WatchSession } from "../watch/session.svelte";
import { type Draft, findDraft, keepDraft, writtenSince } from "./draft";

const NAME = "aside.guest_name";

export class Composer {
  body = $state("");
  /** Milliseconds; null while nothing is written and it follows the playhead. */
  pinned = $state<number | null>(null);
  end_ms = $state<number | null>(null);
  sending = $state(false);
  error = $state("");
  guestName = $state(localStorage.getItem(NAME) ?? "");
  #playOn = false;

  constructor(
    readonly session: WatchSession,
    /** The thread it answers. */
    readonly thread: Comment | null,
  ) {
    const draft = findDraft(localStorage, this.#key);
    if (draft && draft.parent_id === (thread?.id ?? null)) this.#fill(draft);
  }

  get at(): number {
    return this.pinned ?? this.thread?.at_ms ?? this.session.ms;
  }

  /** Replies share one drawer, so that a reload finds the one that was being written. */
  get #key(): string {
    return this.thread ? `${this.session.slug}.reply` : this.session.slug;
  }

  /** Somebody begins to write: the picture waits, and the moment is held. */
  begin(): void {
    const { player, ms } = this.session;
    if (this.thread === null) this.pinned ??= Math.round(ms);
    if (!player.paused && !player.ended) {
      this.#playOn = true;
      this.session.request({ type: "pause" });
    }
  }

  write(body: string): void {
    this.body = body;
    this.error = "";
    this.#save();
  }

  /** The field was left: an empty one follows the playhead again. */
  rest(): void {
    if (this.body.trim() !== "") return;
    this.pinned = null;
    this.#playOn = false;
  }

  /** Moves the moment by `ms` and shows the picture there. */
  nudge(ms: number): void {
    this.pinned = Math.min(this.session.length, Math.max(0, Math.round(this.at / 1000) * 1000 + ms));
    this.end_ms = null;
    this.session.request({ type: "seek", to: this.pinned / 1000 });
    this.#save();
  }

  get needsName(): boolean {
    const { me } = this.session;
    return me !== null && me.user === null && me.guest === null;
  }

  /** True when it was sent and nothing was written meanwhile. */
  async send(): Promise<boolean> {
    if (this.sending || this.body.trim() === "") return false;
    const name = this.guestName.trim();
    if (this.needsName && name === "") {
      this.error = "Give a name, so that people know who writes.";
      return false;
    }
    const { body } = this;
    this.sending = true;
    this.error = "";
    try {
      await this.session.comment({
        at_ms: Math.round(this.at),
        body,
        ...(this.end_ms === null ? {} : { end_ms: this.end_ms }),
        ...(this.thread ? { parent_id: this.thread.id } : {}),
        ...(this.needsName ? { guest_name: name } : {}),
      });
      if (name !== "") localStorage.setItem(NAME, name);
      const more = writtenSince(body, this.body);
      if (more !== "") {
        this.write(more);
        return false;
      }
      this.#clear();
      return true;
    } catch (error) {
      if (error instanceof Problem && error.field === "guest_name") this.session.forgetGuest();
      this.error = `${say(error)} Your words are kept here.`;
      return false;
    } finally {
      this.sending = false;
    }
  }

  /** Gives up and plays on; the words can be had back. */
  leave(): void {
    const { body, pinned, end_ms } = this;
    this.#clear();
    if (body.trim() === "") return;
    toast("Comment put aside", () => {
      this.#fill({ body, at_ms: pinned ?? 0, end_ms, parent_id: null });
      this.#save();
    });
  }

  #clear(): void {
    this.body = "";
    this.pinned = null;
    this.end_ms = null;
    this.error = "";
    keepDraft(localStorage, this.#key, null);
    if (this.#playOn) this.session.request({ type: "play" });
    this.#playOn = false;
  }

  #fill(draft: Draft): void {
    this.body = draft.body;
    this.pinned = this.thread ? null : draft.at_ms;
    this.end_ms = draft.end_ms;
  }

  #save(): void {
    const { body, end_ms, thread } = this;
    keepDraft(localStorage, this.#key, {
      body,
      at_ms: Math.round(this.at),
      end_ms,
      parent_id: thread?.id ?? null,
    });
  }
}
