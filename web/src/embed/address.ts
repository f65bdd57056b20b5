/** The recording that the address of an embedded page names; null for any other page. */
export function embedSlug(path: string): string | null {
  return /^\/e\/([0-9A-Za-z]+)\/*$/.exec(path)?.[1] ?? null;
}

/** The whole page of a recording, at a moment in seconds. */
export const pageOf = (slug: string, seconds: number): string =>
  `/w/${slug}${seconds >= 1 ? `?t=${Math.floor(seconds)}` : ""}`;

/** What is kept while the page is open: in a page of another site the browser may refuse to store anything. */
export function memory(): Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

/**
 * Whether a page shows itself in a page of the same server, which is what an embed in an embed comes to. Pages of other sites do not tell
 * who they are: `frame-ancestors` decides about those.
 */
export function isNested(self: Window): boolean {
  try {
    return self.parent !== self && self.parent.location.origin === self.location.origin;
  } catch {
    return false;
  }
}
