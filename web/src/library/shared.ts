/** Who may see what lies in a folder, in words. Pure. */
import type { Folder, Library } from "../api/types";

type SharedFolder = Library["shared_folders"][number];

/** The folder that says who may see what lies in this one; null: each recording says it itself. */
export const governorOf = (folders: readonly Folder[], folder: string | null): string | null =>
  folders.find(({ id }) => id === folder)?.shared_by ?? null;

/** In which section of the library a folder of somebody else is. */
export const sectionOf = ({ audience }: SharedFolder): "shared" | "everyone" =>
  audience === "members" ? "everyone" : "shared";

/** What a move from one governing folder to another changes for others: the end of a sentence, empty where that is nothing. */
export function whoSees(folders: readonly Folder[], before: string | null, after: string | null): string {
  if (before === after) return "";
  const folder = folders.find(({ id }) => id === after);
  if (!folder) return ". It is shared as it was before it lay in a shared folder";
  const who =
    folder.audience === "members" ? "members of this server" : `those with whom “${folder.name}” is shared`;
  return `. Only ${who} can watch now`;
}
