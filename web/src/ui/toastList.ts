/** Which toast is shown, and which act Ctrl+Z undoes. Pure; times are milliseconds of any one clock. */

export interface Toast {
  /** Ascending. */
  readonly id: number;
  readonly text: string;
  readonly kind: "done" | "failed";
  readonly undo: (() => void) | null;
  /** What it is about. A newer toast of the same topic replaces it, so that no two contradict each other. */
  readonly topic: string | null;
  readonly until: number;
}

/** The one that is shown last. */
export type ToastList = readonly Toast[];

export const LIFE = 4000;
export const LIFE_WITH_UNDO = 10_000;

/**
 * Adds a toast. Without an undo, what was said before it is over; with one, older acts can still be undone after it.
 * While somebody is about to use the one that is shown (`held`), a newer one waits behind it, unless it is about the same.
 */
export function add(list: ToastList, toast: Omit<Toast, "until">, now: number, held = false): ToastList {
  const added = { ...toast, until: now + (toast.undo ? LIFE_WITH_UNDO : LIFE) };
  const top = shown(list);
  const stays = held && top !== null && !sameTopic(top, toast) ? [top] : [];
  const older = list.filter((it) => it.undo !== null && !sameTopic(it, toast) && !stays.includes(it));
  return [...older, added, ...stays];
}

const sameTopic = (a: { topic: string | null }, b: { topic: string | null }): boolean =>
  a.topic !== null && a.topic === b.topic;

export const remove = (list: ToastList, id: number): ToastList => list.filter((it) => it.id !== id);

/** Without those whose time is over. */
export const expire = (list: ToastList, now: number): ToastList => list.filter((it) => it.until > now);

/** All get `ms` more: the clock stands while somebody points at the toast or has the focus in it. */
export const extend = (list: ToastList, ms: number): ToastList =>
  list.map((it) => ({ ...it, until: it.until + ms }));

/** The one that is shown. */
export const shown = (list: ToastList): Toast | null => list.at(-1) ?? null;

/** The act that is undone next: the newest that can be. */
export const undoable = (list: ToastList): Toast | null =>
  list.reduce<Toast | null>((newest, it) => (it.undo && it.id > (newest?.id ?? -1) ? it : newest), null);
