/** A comment that is being written: where it stands, its words, and what becomes of them. */
import { getMe } from "../api/client";
import { errorMessage, Problem } from "../api/problem";
import type { Comment, Drawing } from "../api/types";
import { clock } from "../ui/time";
import { announce, toast } from "../ui/toasts.svelte";
import { type Draft, loadDraft, type StartedComment, saveDraft, textAfter } from "./draft";
import { replySlug } from "./draft-key";
import type { Person } from "./markers";
import { toBody } from "./mentions";
import type { CommentSession } from "./session";
import { Upload, Uploads } from "./uploads.svelte";

const NAME = "aside.guest_name";

export class Composer {
  body = $state("");
  /** Milliseconds; null while nothing is written and it follows the playhead. */
  pinned = $state<number | null>(null);
  end_ms = $state<number | null>(null);
  /** Who reads it. */
  visibility = $state<Comment["visibility"]>("everyone");
  /** Whose names in the words are mentions. */
  picked: readonly Person[] = [];
  /** On the picture at its moment. */
  #drawing = $state.raw<Drawing | null>(null);
  #draws = false;
  readonly files: Uploads;
  sending = $state(false);
  error = $state("");
  /** Whoever began to write as a member is none any more. */
  signedOut = $state(false);
  /** The name, not the words, is what `error` is about. */
  nameMissing = $state(false);
  guestName = $state("");
  /** A guest who is known is changing the name. */
  renaming = $state(false);
  #playOn = false;
  /** Counts what was discarded or sent. */
  #turn = 0;

  constructor(
    readonly session: CommentSession,
    /** The thread it answers. */
    readonly thread: Comment | null,
    /** Shows the field again, after it was left and that was undone. */
    private readonly reopen: (composer: Composer) => void = () => {},
  ) {
    const { discussion, slug } = session;
    this.files = new Uploads(
      slug,
      () => discussion.fileSize ?? Number.POSITIVE_INFINITY,
      () => this.#save(),
    );
    this.guestName = localStorage.getItem(NAME) ?? "";
    const draft = loadDraft(localStorage, this.#key);
    if (draft && draft.parent_id === (thread?.id ?? null)) this.#fill(draft);
  }

  get drawing(): Drawing | null {
    return this.#drawing;
  }
  set drawing(drawing: Drawing | null) {
    this.#drawing = drawing;
    this.session.sketch = drawing;
  }

  get at(): number {
    return this.pinned ?? this.thread?.at_ms ?? this.session.ms;
  }

  get #key(): string {
    return this.thread ? replySlug(this.session.slug) : this.session.slug;
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

  /** Goes on with what was begun before this was here, behind a draft that lay here. */
  resumeComment({ body, at_ms, played }: StartedComment): void {
    this.pinned ??= at_ms;
    this.#playOn = played;
    if (body !== "") this.write(this.body === "" ? body : `${this.body} ${body}`);
  }

  /** Puts words of another field behind what is written here. */
  append(body: string): void {
    this.pinned ??= Math.round(this.at);
    this.write(this.body === "" ? body : `${this.body}\n\n${body}`);
  }

  write(body: string): void {
    this.body = body;
    // What is said of the name stands until there is one: other words do not answer it.
    if (!this.nameMissing) this.error = "";
    this.#save();
  }

  /** Begins a comment on what is said from `at_ms` to `end_ms`, with the words as a quotation. */
  quote(said: string, at_ms: number, end_ms: number): void {
    this.pinned = at_ms;
    this.end_ms = end_ms > at_ms ? end_ms : null;
    this.write(`> ${said}\n\n${this.body}`);
  }

  /** There is something to send. */
  get written(): boolean {
    return this.body.trim() !== "" || this.drawing !== null || this.files.list.length > 0;
  }

  /** Draws on the picture, or goes on with what is drawn; resolves when that is over. */
  async draw(): Promise<void> {
    this.begin();
    this.#draws = true;
    try {
      this.drawing = (await this.session.draw(this.at, this.drawing)) ?? this.drawing;
    } finally {
      this.#draws = false;
    }
    if (this.written) this.#save();
    else this.rest();
  }

  /** Files that were chosen, pasted or dropped. */
  attach(files: Iterable<File>): void {
    if (this.session.discussion.fileSize === 0) return;
    this.begin();
    this.files.add(files);
  }

  erase(): void {
    this.drawing = null;
    this.#save();
  }

  /** The field was left: an empty one follows the playhead again. */
  rest(): void {
    if (this.written || this.#draws) return;
    this.pinned = null;
    this.end_ms = null;
    this.#playOn = false;
  }

  /** Moves the moment by `ms` and shows the picture there. */
  nudge(ms: number): void {
    this.pinned = Math.min(this.session.length, Math.max(0, Math.round(this.at / 1000) * 1000 + ms));
    this.end_ms = null;
    this.session.request({ type: "seek", to: this.pinned / 1000 });
    this.#save();
  }

  /** Makes the moment a range, or moves the end of one. */
  stretch(ms: number): void {
    this.pinned ??= Math.round(this.at);
    const end = Math.min(this.session.length, Math.round((this.end_ms ?? this.pinned) / 1000) * 1000 + ms);
    this.end_ms = end > this.pinned ? end : null;
    this.session.request({ type: "seek", to: (this.end_ms ?? this.pinned) / 1000 });
    this.#save();
  }

  /** Begins a range at `at`, or ends the one that was begun; says whether it has both now. */
  mark(end: boolean, at: number): boolean {
    const ms = Math.round(Math.min(this.session.length, at));
    if (end && this.pinned === null) return false;
    if (end) this.span(Math.min(this.pinned ?? ms, ms), ms);
    else this.span(ms, this.end_ms !== null && this.end_ms > ms ? this.end_ms : ms);
    if (!end) announce(`A range begins at ${clock(ms)}. Press o where it ends.`);
    return end;
  }

  /** Stands from … to, in milliseconds; a range without length is a moment. */
  span(from: number, to: number): void {
    this.pinned = Math.round(Math.max(0, from));
    this.end_ms = to > from ? Math.round(Math.min(this.session.length, to)) : null;
    this.#save();
  }

  get needsName(): boolean {
    const { me } = this.session;
    return me !== null && me.user === null && (me.guest === null || this.renaming);
  }

  /** The name a known guest writes under; null for members and strangers. */
  get signed(): string | null {
    const { me } = this.session;
    if (me === null || me.user !== null || me.guest === null) return null;
    return this.guestName.trim() || me.guest.name;
  }

  rename(): void {
    this.guestName = this.signed ?? this.guestName;
    this.renaming = true;
  }

  /** What was sent, or null when it was not. Words written meanwhile stay in the field. */
  async send(): Promise<Comment | null> {
    if (this.sending || !this.written) return null;
    const name = (this.needsName ? this.guestName : (this.signed ?? "")).trim();
    this.nameMissing = this.needsName && name === "";
    if (this.nameMissing) {
      this.error = "Enter your name so people know who this is from.";
      return null;
    }
    const { body } = this;
    const turn = this.#turn;
    this.sending = true;
    this.error = "";
    this.signedOut = false;
    try {
      if (!(await this.files.settled())) {
        this.signedOut = await this.#isSignedOut();
        if (!this.signedOut)
          this.error = "A file was not sent. Try it again or remove it. Your words are kept here.";
        return null;
      }
      // Discarded meanwhile, or all of it was taken out.
      if (turn !== this.#turn || !this.written) return null;
      const { drawing } = this;
      const { attachments } = this.files;
      const visibility = this.visibility === "everyone" ? {} : { visibility: this.visibility };
      const known = this.session.me?.guest?.name ?? null;
      const sent = await this.session.discussion.add({
        at_ms: Math.round(this.at),
        body: toBody(body, this.picked),
        ...visibility,
        ...(drawing ? { drawing } : {}),
        ...(attachments.length > 0 ? { attachments: attachments.map(({ id }) => id) } : {}),
        ...(this.end_ms === null ? {} : { end_ms: this.end_ms }),
        ...(this.thread ? { parent_id: this.thread.id } : {}),
        ...(name !== "" && name !== known ? { guest_name: name } : {}),
      });
      if (name !== "") localStorage.setItem(NAME, name);
      this.renaming = false;
      this.drawing = null;
      const more = textAfter(body, this.body);
      this.files.gone(attachments);
      if (more === "" && this.files.list.length === 0) this.#clear();
      else this.write(more);
      return sent;
    } catch (error) {
      this.signedOut = error instanceof Problem && error.status > 0 && (await this.#isSignedOut());
      if (this.signedOut) return null;
      if (error instanceof Problem && error.field === "guest_name") {
        this.session.discussion.forgetGuest();
        this.nameMissing = true;
      }
      this.error = `${errorMessage(error)} Your words are kept here.`;
      return null;
    } finally {
      this.sending = false;
    }
  }

  /** Whether a member's session has ended, which the server says in many ways: as a stranger they may be asked for a name, or see nothing. */
  async #isSignedOut(): Promise<boolean> {
    if (!this.session.me?.user) return false;
    const me = await getMe().catch(() => null);
    return me !== null && me.user === null;
  }

  /** Discards the draft and plays on; it can be had back. */
  leave(): void {
    const { body, pinned, end_ms, picked: people, visibility, drawing, written } = this;
    const files = this.files.take();
    this.#clear();
    if (!written) return;
    toast("Draft discarded", () => {
      this.#fill({ body, at_ms: pinned ?? 0, end_ms, parent_id: null, people, visibility, drawing });
      this.files.put(files);
      this.#save();
      this.reopen(this);
    });
  }

  #clear(): void {
    this.#turn += 1;
    this.body = "";
    this.picked = [];
    this.visibility = "everyone";
    this.drawing = null;
    this.pinned = null;
    this.end_ms = null;
    this.error = "";
    this.signedOut = false;
    this.nameMissing = false;
    this.renaming = false;
    saveDraft(localStorage, this.#key, null);
    if (this.#playOn) this.session.request({ type: "play" });
    this.#playOn = false;
  }

  #fill(draft: Draft): void {
    this.body = draft.body;
    this.picked = draft.people ?? [];
    this.visibility = draft.visibility ?? "everyone";
    this.pinned = this.thread ? null : draft.at_ms;
    this.end_ms = draft.end_ms;
    this.drawing = draft.drawing ?? null;
    if (draft.files) this.files.put(draft.files.map((file) => new Upload(file)));
  }

  #save(): void {
    const { body, end_ms, thread, picked, visibility, drawing } = this;
    const { attachments } = this.files;
    saveDraft(localStorage, this.#key, {
      body,
      ...(picked.length > 0 ? { people: picked } : {}),
      ...(visibility !== "everyone" ? { visibility } : {}),
      at_ms: Math.round(this.at),
      end_ms,
      parent_id: thread?.id ?? null,
      drawing,
      ...(attachments.length > 0 ? { files: attachments } : {}),
    });
  }
}
