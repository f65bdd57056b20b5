/** How a person without a picture is shown: a colour of their own and their initials. Pure. */

/** So many colours there are: `--avatar-0` … in `tokens.css`. */
export const AVATAR_COLORS = 10;

/** The colour of a person, always the same one. `id` is an account's; a guest has only a name. */
export function avatarColor(id: string | null, name: string): string {
  let hash = 0;
  for (const letter of id ?? name.trim().toLowerCase())
    hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `var(--avatar-${hash % AVATAR_COLORS})`;
}

/** One or two letters for an avatar: "Ana Lima" is AL, "sam" is S. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("") || "?";
}
