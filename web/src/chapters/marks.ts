/** Marks of a recording, of which each begins a chapter. Pure; times in milliseconds. */
import type { Mark } from "../api/types";

/** A mark as it is now, or that it is gone. */
export type MarkChange = Mark | { readonly id: string; readonly deleted: boolean };

/** The marks after `change`, by time. An older version of a mark changes nothing. */
export function receive(marks: readonly Mark[], change: MarkChange): readonly Mark[] {
  const others = marks.filter(({ id }) => id !== change.id);
  if ("deleted" in change) return others;
  const held = marks.find(({ id }) => id === change.id);
  if (held && held.version > change.version) return marks;
  return [...others, change].sort((a, b) => a.at_ms - b.at_ms || (a.id < b.id ? -1 : 1));
}

/** What a chapter is called; a mark without a title is called by its number. */
export const chapterName = (marks: readonly Mark[], mark: Mark): string =>
  mark.title || `Chapter ${marks.indexOf(mark) + 1}`;

/** The chapter in which `ms` lies; null before the first mark. */
export const chapterAt = (marks: readonly Mark[], ms: number): Mark | null =>
  marks.findLast(({ at_ms }) => at_ms <= ms) ?? null;

/** The beginning of a chapter within `reach` of `ms`, or `ms`: a click beside a mark is meant for it. */
export function snap(marks: readonly Mark[], ms: number, reach: number): number {
  const near = marks.map(({ at_ms }) => at_ms).sort((a, b) => Math.abs(a - ms) - Math.abs(b - ms))[0];
  return near !== undefined && Math.abs(near - ms) <= reach ? near : ms;
}
