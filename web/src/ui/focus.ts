/** Where the focus goes. */

/** Gives a field or button the focus when it appears: `{@attach focused}`. */
export function focused(node: HTMLElement): void {
  node.focus();
}

/** What stands in the place of `id` after it is gone from `ids`: the next one, else the one before; null for none. */
export function neighbour(ids: readonly string[], id: string): string | null {
  const at = ids.indexOf(id);
  return at < 0 ? null : (ids[at + 1] ?? ids[at - 1] ?? null);
}
