/** The keyboard's way to a toast's Undo: Ctrl+Z (⌘Z) undoes, F6 leads to its button. Escape leads back from there. Listens once it is loaded. */
import { toasts, undoNewest } from "./toasts.svelte";

function undoKeys(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  if (event.key === "F6" && !event.ctrlKey && !event.altKey && !event.metaKey) {
    const button = document.querySelector<HTMLElement>("[data-testid=toast-undo]");
    if (!button || button === document.activeElement) return;
    event.preventDefault();
    button.focus();
    return;
  }
  const chord = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!chord || event.key.toLowerCase() !== "z" || toasts.undoable === null) return;
  if (holdsText(event.target)) return;
  event.preventDefault();
  undoNewest();
}

/** In a field with words, Ctrl+Z takes back what was typed. */
function holdsText(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return target.value !== "";
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range", "button", "submit"].includes(target.type) && target.value !== "";
  }
  return target instanceof HTMLElement && target.isContentEditable;
}

window.addEventListener("keydown", undoKeys);
