/**
 * Short messages, one at a time: 4 seconds, or 10 with an Undo. `undoKeys.ts` gives the keyboard its way to Undo.
 * Which one is shown is decided in `toastList.ts`.
 */
import { errorMessage } from "../api/problem";
import * as toastList from "./toastList";

export type { Toast } from "./toastList";

let list = $state.raw<toastList.ToastList>([]);
let said = $state("");
let last = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Since when the clock stands; null while it runs. */
let heldAt: number | null = null;

export const toasts = {
  /** The one on the screen. */
  get shown() {
    return toastList.shown(list);
  },
  /** The one whose act Ctrl+Z undoes. */
  get undoable() {
    return toastList.undoable(list);
  },
  /** Announced to screen readers beside the toasts. */
  get said() {
    return said;
  },
};

/**
 * Says what was done. `undo` takes it back; where it shows something again, it moves the focus there itself. A `topic`
 * is what the message is about, such as `title:ID`: a newer toast of the same topic retires the older one.
 */
export function toast(text: string, undo: (() => void) | null = null, topic: string | null = null): void {
  put(text, "done", undo, topic);
}

/** Says what went wrong, and what to do. */
export function toastError(error: unknown, topic: string | null = null): void {
  put(errorMessage(error), "failed", null, topic);
}

function put(text: string, kind: "done" | "failed", undo: (() => void) | null, topic: string | null): void {
  last += 1;
  const before = toastList.shown(list);
  list = toastList.add(list, { id: last, text, kind, undo, topic }, performance.now(), heldAt !== null);
  // Whoever points at the new one, or has the focus in it, says so again.
  if (toastList.shown(list) === before) plan();
  else resume();
}

export function dismiss(id: number): void {
  list = toastList.remove(list, id);
  resume();
}

/** Undoes the newest act that can be undone; false where there is none. */
export function undoNewest(): boolean {
  const newest = toastList.undoable(list);
  if (!newest) return false;
  dismiss(newest.id);
  newest.undo?.();
  return true;
}

/** The time stands from here to `resume`: somebody points at the toast, or has the focus in it. */
export function hold(): void {
  heldAt ??= performance.now();
  clearTimeout(timer);
}

export function resume(): void {
  if (heldAt !== null) list = toastList.extend(list, performance.now() - heldAt);
  heldAt = null;
  plan();
}

/** Wakes when the next toast's time is over. */
function plan(): void {
  clearTimeout(timer);
  if (heldAt !== null || list.length === 0) return;
  const next = Math.min(...list.map((it) => it.until));
  timer = setTimeout(
    () => {
      list = toastList.expire(list, performance.now());
      plan();
    },
    Math.max(0, next - performance.now()),
  );
}

/** Tells screen readers, and nobody else. */
export function announce(text: string): void {
  said = said === text ? `${text}\u00a0` : text;
}
