/** Acts on several recordings, and how each is taken back. */
import { changeRecordings } from "../api/library";
import type { Audience, ChangeRecordings, LibraryCard } from "../api/types";
import { named } from "./names";

export interface Act {
  /** What was done, for the toast. */
  readonly text: string;
  readonly todo: readonly ChangeRecordings[];
  readonly undo: readonly ChangeRecordings[];
}

/** Such as `“Bug in login”`, or `3 recordings`. */
export function nameOrCount(recordings: readonly LibraryCard[]): string {
  const [first] = recordings;
  return recordings.length === 1 && first ? `“${named(first)}”` : `${recordings.length} recordings`;
}

const idsOf = (recordings: readonly LibraryCard[]) => recordings.map(({ id }) => id);

export function trashing(recordings: readonly LibraryCard[]): Act {
  const ids = idsOf(recordings);
  return {
    text: `${nameOrCount(recordings)} moved to the trash`,
    todo: [{ ids, trashed: true }],
    undo: [{ ids, trashed: false }],
  };
}

/** `pinned`: no rule moves them to the trash. Undoing leaves alone what already was so. */
export function keeping(recordings: readonly LibraryCard[], pinned: boolean): Act {
  const ids = idsOf(recordings);
  const others = idsOf(recordings.filter((it) => it.pinned !== pinned));
  return {
    text: pinned
      ? `${nameOrCount(recordings)} kept for good`
      : `${nameOrCount(recordings)} no longer kept for good`,
    todo: [{ ids, pinned }],
    undo: others.length > 0 ? [{ ids: others, pinned: !pinned }] : [],
  };
}

/** `seen`: what the move changes for others, for the toast. */
export function moving(
  recordings: readonly LibraryCard[],
  folder_id: string | null,
  into: string,
  seen = "",
): Act {
  const before = new Set(recordings.map((it) => it.folder_id));
  const back = [...before].map((from) => ({
    ids: idsOf(recordings.filter((it) => it.folder_id === from)),
    move_to: { folder_id: from },
  }));
  return {
    text: `${nameOrCount(recordings)} moved ${folder_id === null ? "out of all folders" : `to ${into}`}${seen}`,
    todo: [{ ids: idsOf(recordings), move_to: { folder_id } }],
    undo: back,
  };
}

const WHO: Record<Audience, string> = {
  owner: "only you",
  members: "members of this server",
  link: "anyone with the link",
};

/** For whom they are; null: as the folders are in which they lie. Undoing gives each what it had. */
export function opening(recordings: readonly LibraryCard[], audience: Audience | null): Act {
  const ids = idsOf(recordings);
  const as = (card: LibraryCard) => (card.as_folder ? null : card.audience);
  const change = (of: string[], to: Audience | null): ChangeRecordings =>
    to === null ? { ids: of, as_folder: true } : { ids: of, audience: to };
  const before = new Set(recordings.map(as));
  return {
    text: `${nameOrCount(recordings)}: ${audience === null ? "shared as their folders" : `for ${WHO[audience]} now`}`,
    todo: [change(ids, audience)],
    undo: [...before].map((was) => change(idsOf(recordings.filter((it) => as(it) === was)), was)),
  };
}

/** Undoing leaves alone what already was as it is wanted. */
export function tagging(
  recordings: readonly LibraryCard[],
  add: readonly string[],
  remove: readonly string[],
): Act {
  const undo: ChangeRecordings[] = [];
  for (const tag of add) {
    const ids = idsOf(recordings.filter(({ tags }) => !tags.includes(tag)));
    if (ids.length > 0) undo.push({ ids, remove_tags: [tag] });
  }
  for (const tag of remove) {
    const ids = idsOf(recordings.filter(({ tags }) => tags.includes(tag)));
    if (ids.length > 0) undo.push({ ids, add_tags: [tag] });
  }
  return {
    text: `Tags of ${nameOrCount(recordings)} changed`,
    todo: [{ ids: idsOf(recordings), add_tags: [...add], remove_tags: [...remove] }],
    undo,
  };
}

export async function perform(changes: readonly ChangeRecordings[]): Promise<void> {
  for (const change of changes) await changeRecordings(change);
}

/** Tags on all of them, and on any. */
export function tagsOf(recordings: readonly LibraryCard[]): { all: string[]; some: string[] } {
  const some = [...new Set(recordings.flatMap(({ tags }) => tags))].sort();
  return { some, all: some.filter((tag) => recordings.every(({ tags }) => tags.includes(tag))) };
}
