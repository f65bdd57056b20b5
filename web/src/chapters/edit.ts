/** What the owner does with chapters. Errors are shown, all but those of a title that stands in a field. */
import { getWatch } from "../api/client";
import { changeUnlessConflict } from "../api/conflict";
import { Problem } from "../api/problem";
import * as api from "../api/timeline";
import type { Mark, Watch } from "../api/types";
import { clock } from "../ui/time";
import { offerUndo, undoable } from "../ui/undoable";
import { type MarkChange, receive } from "./marks";

export interface MarkedPage {
  info: Watch | null;
}

export class MarkEdits {
  constructor(private readonly page: MarkedPage) {}

  /** The new mark; null where that failed. */
  async add(at_ms: number): Promise<Mark | null> {
    const slug = this.page.info?.slug;
    if (slug === undefined) return null;
    let added: Mark | null = null;
    await undoable(
      `Chapter added at ${clock(at_ms)}`,
      async () => {
        added = await api.addMark(slug, { at_ms: Math.max(0, Math.round(at_ms)), title: "" });
        this.#show(added);
      },
      async () => {
        if (added) await this.#delete(added);
      },
      "mark new",
    );
    return added;
  }

  /** Rejects, also with `Conflict` where the title is no longer as in `seen`; the words then still stand in the field. */
  async rename(seen: Mark, title: string): Promise<void> {
    const changed = await this.#change(seen, { title }, (now) => now.title === seen.title);
    offerUndo("Chapter renamed", () => this.rename({ ...seen, ...changed }, seen.title), `mark ${seen.id}`);
  }

  async move(seen: Mark, at_ms: number): Promise<void> {
    const to = Math.max(0, Math.round(at_ms));
    const moved = (mark: Mark) => (now: Mark) => now.at_ms === mark.at_ms;
    let after = seen;
    await undoable(
      `Chapter begins at ${clock(to)}`,
      async () => {
        after = await this.#change(seen, { at_ms: to }, moved(seen));
      },
      async () => {
        await this.#change(after, { at_ms: seen.at_ms }, moved(after));
      },
      `mark ${seen.id}`,
    );
  }

  async delete(mark: Mark): Promise<void> {
    await undoable(
      "Chapter deleted",
      () => this.#delete(mark),
      async () => this.#show(await api.restoreMark(mark.id)),
      `mark ${mark.id}`,
    );
  }

  async #delete({ id }: Mark): Promise<void> {
    await api.deleteMark(id);
    this.#show({ id, deleted: true });
  }

  async #change(
    seen: Mark,
    change: { title?: string; at_ms?: number },
    same: (now: Mark) => boolean,
  ): Promise<Mark> {
    const { info } = this.page;
    const changed = await changeUnlessConflict(seen, {
      send: (version) => api.changeMark(seen.id, change, version),
      read: async () => {
        const now = info && (await getWatch(info.slug)).marks.find(({ id }) => id === seen.id);
        if (!now) throw new Problem(410, "gone", "This chapter was deleted.");
        this.#show(now);
        return now;
      },
      same,
    });
    this.#show(changed);
    return changed;
  }

  #show(change: MarkChange): void {
    const { page } = this;
    if (page.info) page.info = { ...page.info, marks: [...receive(page.info.marks, change)] };
  }
}
