/** Ways to a toast's Undo for the keyboard: Ctrl+Z (⌘Z) does it, F6 leads to its button. */
import { dismiss, toasts } from "./toasts.svelte";

export function undoKeys(event: KeyboardEvent): void {
  const toast = toasts.list.findLast(({ undo }) => undo !== null);
  if (!toast || event.defaultPrevented) return;
  if (event.key === "F6") {
    event.preventDefault();
    const buttons = document.querySelectorAll<HTMLElement>("[data-testid=toast-undo]");
    buttons[buttons.length - 1]?.focus();
    return;
  }
  const chord = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!chord || event.key.toLowerCase() !== "z") return;
  // In a field it takes back what was typed.
  const { target } = event;
  if (
    target instanceof HTMLElement &&
    target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=range])")
  )
    return;
  event.preventDefault();
  toast.undo?.();
  dismiss(toast.id);
}
