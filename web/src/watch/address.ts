/** The recording that the address of a watch page names; null for any other page. */
export function watchSlug(path: string): string | null {
  return /^\/w\/([0-9A-Za-z]+)\/*$/.exec(path)?.[1] ?? null;
}
