/** Short messages in the corner. What can be undone is undone here, for ten seconds. */

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: (() => void) | null;
}

const LIFE = 10_000;
let list = $state.raw<readonly Toast[]>([]);
let said = $state("");
let last = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export const toasts = {
  get list() {
    return list;
  },
  /** What screen readers are told beside the toasts. */
  get said() {
    return said;
  },
};

export function toast(text: string, undo: (() => void) | null = null): void {
  last += 1;
  const id = last;
  list = [...list.slice(-2), { id, text, undo }];
  resume(id);
}

export function dismiss(id: number): void {
  hold(id);
  list = list.filter((toast) => toast.id !== id);
}

/** The time stops while somebody points at it or has the focus in it. */
export function hold(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

export function resume(id: number): void {
  hold(id);
  timers.set(
    id,
    setTimeout(() => dismiss(id), LIFE),
  );
}

/** Tells screen readers, and nobody else. */
export function announce(text: string): void {
  said = said === text ? `${text}\u00a0` : text;
}
