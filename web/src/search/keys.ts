/** The keys that lead into the search field. Pure. */

interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly target: EventTarget | null;
}

/** Whether this is Ctrl+K (⌘K), or `/` outside of what takes letters. */
export function isSearchKey({ key, ctrlKey, metaKey, altKey, shiftKey, target }: Press): boolean {
  if (altKey) return false;
  if ((ctrlKey || metaKey) && !shiftKey) return key.toLowerCase() === "k";
  if (key !== "/" || ctrlKey || metaKey) return false;
  return !(
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false]), dialog[open]")
  );
}
