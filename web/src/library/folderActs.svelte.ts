/** Folders and tags of the library, and what is done to folders: each can be taken back. */
import { changeFolder, getLibrary, makeFolder, removeFolder, restoreFolder } from "../api/library";
import type { Folder, Library } from "../api/types";
import { toastError } from "../ui/toasts.svelte";
import { offerUndo } from "../ui/undoable";
import { governorOf, whoSees } from "./shared";

type FolderChange = Parameters<typeof changeFolder>[1];

export class FolderActs {
  library = $state.raw<Library | null>(null);

  get folders(): readonly Folder[] {
    return this.library?.folders ?? [];
  }

  refresh = async (): Promise<void> => {
    this.library = await getLibrary();
  };

  make = async (name: string, parent: string | null): Promise<boolean> => {
    try {
      await makeFolder(name, parent);
      await this.refresh();
      return true;
    } catch (problem) {
      toastError(problem, "folder");
      return false;
    }
  };

  /** Says whether it is gone. */
  async remove(folder: Folder): Promise<boolean> {
    const topic = `folder ${folder.id}`;
    try {
      await removeFolder(folder.id);
      await this.refresh();
      const back = async () => {
        await restoreFolder(folder.id);
        await this.refresh();
      };
      offerUndo(`Folder “${folder.name}” removed`, back, topic);
      return true;
    } catch (problem) {
      toastError(problem, topic);
      return false;
    }
  }

  rename = (folder: Folder, name: string) =>
    this.change(folder, { name }, { name: folder.name }, "Folder renamed");

  async move(id: string, into: string | null): Promise<void> {
    const before = this.folders.find((folder) => folder.id === id);
    if (!before || before.parent_id === into || id === into) return;
    const to = (folder_id: string | null) => ({ move_to: { folder_id } });
    const text = `Folder moved${whoSees(this.folders, governorOf(this.folders, id), governorOf(this.folders, before.audience === null ? into : id))}`;
    await this.change(before, to(into), to(before.parent_id), text);
  }

  /** `folder` as it was when it was chosen what is to be changed. */
  async change(folder: Folder, todo: FolderChange, undo: FolderChange, text: string): Promise<void> {
    const topic = `folder ${folder.id}`;
    try {
      const now = await changeFolder(folder, todo);
      await this.refresh();
      const back = async () => {
        await changeFolder(now, undo);
        await this.refresh();
      };
      offerUndo(text, back, topic);
    } catch (problem) {
      // What is shown is what is there.
      await this.refresh().catch(() => {});
      toastError(problem, topic);
    }
  }
}
