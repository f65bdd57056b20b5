/** How a person without a picture is shown: a colour of their own and their initials. Pure. */

/** So many colours there are: `--face-0` … in `tokens.css`. */
export const FACES = 10;

/** The colour of a person, always the same one. `id` is an account's; a guest has only a name. */
export function faceOf(id: string | null, name: string): string {
  let hash = 0;
  for (const letter of id ?? name.trim().toLowerCase())
    hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `var(--face-${hash % FACES})`;
}

/** One or two letters for a face: "Ana Lima" is AL, "sam" is S. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("") || "?";
}
