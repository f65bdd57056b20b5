/** What the owner does with a recording. */
import { changeTitle, type SeenRecording } from "../api/changes";
import { Conflict } from "../api/conflict";
import * as recordings from "../api/recordings";
import type { RecordingCard, Watch } from "../api/types";
import { toastError } from "../ui/toasts.svelte";
import { offerUndo, undoable } from "../ui/undoable";

export interface OwnedPage {
  info: Watch | null;
  /** Asks for the recording again. */
  reload(): Promise<void>;
}

export class Owner {
  constructor(private readonly page: OwnedPage) {}

  /** To the trash; the page then says so and offers the way back. */
  async trash(): Promise<void> {
    const id = this.page.info?.id;
    if (id === undefined) return;
    await undoable(
      "Moved to the trash",
      async () => {
        await recordings.trashRecording(id);
        await this.page.reload();
      },
      async () => {
        await recordings.restoreRecording(id);
        await this.page.reload();
      },
      `trash ${id}`,
    );
  }

  /** Rejects, also with `Conflict` where the title is no longer as in `seen`; the words then still stand in the field. */
  async rename(seen: SeenRecording, title: string): Promise<void> {
    const changed = await this.#keeping(changeTitle(seen, title));
    offerUndo("Renamed", () => this.rename({ ...seen, ...changed }, seen.title), `title ${seen.id}`);
  }

  /** Asks for a transcript that was given up. */
  async retryTranscript(): Promise<void> {
    try {
      if (this.page.info) await recordings.retryTranscript(this.page.info.id);
    } catch (error) {
      toastError(error, "transcript");
    }
  }

  /** Shows what the recording is like afterwards, whether the change was made or not. */
  async #keeping(change: Promise<RecordingCard>): Promise<RecordingCard> {
    const show = ({ title, audience, version }: RecordingCard) => {
      const { page } = this;
      if (page.info) page.info = { ...page.info, title, audience, version };
    };
    try {
      const changed = await change;
      show(changed);
      return changed;
    } catch (error) {
      if (error instanceof Conflict) show(error.now as RecordingCard);
      throw error;
    }
  }
}
