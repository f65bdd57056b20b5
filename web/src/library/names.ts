/** What lists of recordings share. */
import { tick } from "svelte";

export const UNTITLED = "Untitled recording";

/** What has a title that its owner may change. */
export interface Titled {
  readonly id: string;
  readonly title: string;
}

export const named = ({ title }: Pick<Titled, "title">): string => title || UNTITLED;

/** Gives the focus to the recording's link or first button, once the list shows it. */
export async function focusRecording(id: string): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] :is(h2 a, button)`)?.focus();
}

/**
 * The list after its first page was asked for anew: that page, and what was loaded below it before. `next` is the
 * page's own; without one there is nothing below.
 */
export function mergeFirstPage<T extends { readonly id: string }>(
  before: readonly T[],
  page: { readonly items: readonly T[]; readonly next: string | null },
): { items: readonly T[]; below: boolean } {
  const fresh = new Set(page.items.map(({ id }) => id));
  const last = before.findLastIndex(({ id }) => fresh.has(id));
  const below = page.next === null || last < 0 ? [] : before.slice(last + 1);
  return { items: [...page.items, ...below], below: below.length > 0 };
}
