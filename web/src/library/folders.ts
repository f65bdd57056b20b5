/** The tree of folders. Pure. */
import type { Folder } from "../api/types";

export interface Branch {
  readonly folder: Folder;
  /** 0 at the top. */
  readonly depth: number;
}

/** Each folder below the one that it lies in, by name; one whose place is not known stands at the top. */
export function tree(folders: readonly Folder[]): Branch[] {
  const known = new Set(folders.map(({ id }) => id));
  const below = (parent: string | null, depth: number): Branch[] =>
    folders
      .filter(
        (folder) =>
          (folder.parent_id !== null && known.has(folder.parent_id) ? folder.parent_id : null) === parent,
      )
      .flatMap((folder) => [{ folder, depth }, ...below(folder.id, depth + 1)]);
  return below(null, 0);
}

/** The folder and all that lie in it, at any depth: where it cannot be moved. */
export function within(folders: readonly Folder[], id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const folder of folders)
      if (folder.parent_id !== null && found.has(folder.parent_id)) found.add(folder.id);
  }
  return found;
}

/** Names from the top on, such as `Work / Bugs`. */
export function pathOf(folders: readonly Folder[], id: string): string {
  const names: string[] = [];
  for (let at: string | null = id; at !== null && names.length < 20; ) {
    const folder: Folder | undefined = folders.find((it) => it.id === at);
    if (!folder) break;
    names.unshift(folder.name);
    at = folder.parent_id;
  }
  return names.join(" / ");
}
