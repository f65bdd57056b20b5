/** Acts that can be taken back. */
import { toast, toastError } from "./toasts.svelte";

/**
 * Does `act` and offers to `undo` it; errors of either are shown. `topic`: a newer message about the same replaces
 * the older one.
 */
export async function undoable(
  text: string,
  act: () => Promise<void>,
  undo: () => Promise<void>,
  topic: string,
): Promise<void> {
  try {
    await act();
    offerUndo(text, undo, topic);
  } catch (error) {
    toastError(error, topic);
  }
}

/** Says what was done, with a way to `undo` it. */
export function offerUndo(text: string, undo: () => Promise<void>, topic: string): void {
  toast(text, () => void undo().catch((error: unknown) => toastError(error, topic)), topic);
}
