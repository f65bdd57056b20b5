/** Where somebody stopped watching, remembered in this browser for the last recordings. The store is a parameter. */

const KEY = "aside.positions";
const MAX_RECORDINGS = 50;
/** So close to the beginning or to the end nothing is remembered, in seconds: there is nothing to look for again. */
const MIN_WATCHED = 15;
const MIN_LEFT = 10;

type Store = Pick<Storage, "getItem" | "setItem">;
type Entry = readonly [slug: string, seconds: number];

/** Seconds; 0 where nothing is remembered. */
export function loadPosition(store: Store, slug: string): number {
  return load(store).find(([other]) => other === slug)?.[1] ?? 0;
}

/** Remembers `time` of a recording that is `length` long, both in seconds. A store that is full or forbidden forgets it. */
export function savePosition(store: Store, slug: string, time: number, length: number): void {
  const others = load(store).filter(([other]) => other !== slug);
  const worth = time >= MIN_WATCHED && time <= length - MIN_LEFT;
  const entries: Entry[] = worth ? [[slug, Math.round(time * 10) / 10], ...others] : others;
  try {
    store.setItem(KEY, JSON.stringify(entries.slice(0, MAX_RECORDINGS)));
  } catch {}
}

function load(store: Store): Entry[] {
  try {
    const found: unknown = JSON.parse(store.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isEntry) : [];
  } catch {
    return [];
  }
}

const isEntry = (entry: unknown): entry is Entry =>
  Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "number" && entry[1] >= 0;
