/** Mentions in a field: names that are typed and picked, and the markers that the server takes for them. Pure. */
import type { Person } from "./markers";

const marker = ({ kind, id }: Person) => `<@${kind}:${id}>`;

/** What goes before and behind a mention: the end of the words, or no letter and no digit. */
const WORD = /[\p{L}\p{N}_]/u;

/** The words as the server takes them: markers for each `@Name` of those who were picked, the longest name first. */
export function toBody(text: string, picked: readonly Person[]): string {
  const names = [...picked].sort((a, b) => b.name.length - a.name.length);
  let body = "";
  for (let at = 0; at < text.length; ) {
    const free = at === 0 || !WORD.test(text[at - 1] ?? "");
    const person =
      text[at] === "@" && free ? names.find(({ name }) => stands(text, at + 1, name)) : undefined;
    body += person ? marker(person) : text[at];
    at += person ? person.name.length + 1 : 1;
  }
  return body;
}

const stands = (text: string, at: number, name: string) =>
  text.startsWith(name, at) && !WORD.test(text.slice(at + name.length)[0] ?? "");

/** Longest beginning of a name that is looked for. */
const MAX_QUERY = 40;

/** What is being typed behind an `@` that ends at the caret; null where none is. */
export function query(text: string, caret: number): { from: number; typed: string } | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf("@");
  if (from < 0 || (from > 0 && WORD.test(before[from - 1] ?? ""))) return null;
  const typed = before.slice(from + 1);
  // A name may have a blank in it, but a sentence is no name.
  if (typed.length > MAX_QUERY || /\n|^\s|\s\s|(\s\S+){3}/u.test(typed)) return null;
  return { from, typed };
}

const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Those whose name, or a word of it, begins like this; by name, whole names first. */
export function matching(people: readonly Person[], typed: string, most = 8): Person[] {
  const wanted = folded(typed);
  const rank = (name: string) => {
    const text = folded(name);
    if (text.startsWith(wanted)) return 0;
    return text.split(/[\s.-]+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return people
    .map((person) => ({ person, rank: rank(person.name) }))
    .filter((it) => it.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, most)
    .map(({ person }) => person);
}
