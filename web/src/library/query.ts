/** What the library shows, as its address says it. Pure; the clock is an argument. */
import type { ListQuery } from "../api/library";

export const SORTS = {
  newest: "Newest first",
  oldest: "Oldest first",
  title: "Title",
  longest: "Longest first",
  shortest: "Shortest first",
} as const;
export const STATES = {
  live: "Recording now",
  interrupted: "Interrupted",
  finished: "Finished",
  ending: "Goes to the trash soon",
} as const;
export const WHENS = {
  day: "Last 24 hours",
  week: "Last 7 days",
  month: "Last 30 days",
  year: "Last year",
} as const;
export const LENGTHS = { short: "Under 1 minute", medium: "1 to 5 minutes", long: "Over 5 minutes" } as const;

/** Whose recordings a list is about. */
export const SECTIONS = {
  mine: "Your recordings",
  shared: "Shared with me",
  everyone: "Everyone's",
} as const;
export type Section = keyof typeof SECTIONS;

export interface Query {
  readonly section: Section;
  /** A person's id: what they recorded. */
  readonly by: string | null;
  /** A folder's id, `top` for what lies in none, null for everything. */
  readonly folder: string | null;
  readonly tag: string | null;
  readonly state: keyof typeof STATES | null;
  readonly when: keyof typeof WHENS | null;
  readonly length: keyof typeof LENGTHS | null;
  readonly sort: keyof typeof SORTS;
}

export const EVERYTHING: Query = {
  section: "mine",
  by: null,
  folder: null,
  tag: null,
  state: null,
  when: null,
  length: null,
  sort: "newest",
};

const one = <K extends string>(known: Record<K, unknown>, value: string | null): K | null =>
  value !== null && Object.hasOwn(known, value) ? (value as K) : null;

const ID = /^[0-9a-f-]{36}$/;

/** What an address does not say, or says wrongly, is not filtered. */
export function readQuery(search: string): Query {
  const params = new URLSearchParams(search);
  const section = one(SECTIONS, params.get("section")) ?? "mine";
  const [folder, by] = [params.get("folder"), params.get("by")];
  return {
    section,
    by: section !== "mine" && by !== null && ID.test(by) ? by : null,
    folder: folder !== null && ((section === "mine" && folder === "top") || ID.test(folder)) ? folder : null,
    tag: params.get("tag") || null,
    state: one(STATES, params.get("state")),
    when: one(WHENS, params.get("when")),
    length: one(LENGTHS, params.get("length")),
    sort: one(SORTS, params.get("sort")) ?? "newest",
  };
}

/** The part of the address behind the path: empty for everything. */
export function writeQuery(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== EVERYTHING[name as keyof Query]) params.set(name, value);
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Whether something is left out beside what lies elsewhere. */
export const isFiltered = ({ by, tag, state, when, length }: Query): boolean =>
  by !== null || tag !== null || state !== null || when !== null || length !== null;

/** The same place and order with nothing left out. */
export const unfiltered = ({ section, folder, sort }: Query): Query => ({
  ...EVERYTHING,
  section,
  folder,
  sort,
});

const DAYS = { day: 1, week: 7, month: 30, year: 365 } as const;
const LENGTH_MS = { short: [0, 59_999], medium: [60_000, 300_000], long: [300_001, null] } as const;

/** What the server is asked. `now` in milliseconds. */
export function asked(
  { section, by, folder, tag, state, when, length, sort }: Query,
  now: number,
): ListQuery {
  const [min_ms, max_ms] = length === null ? [null, null] : LENGTH_MS[length];
  return {
    limit: 48,
    ...(section === "mine" ? {} : { section }),
    ...(by === null ? {} : { by }),
    ...(folder === null ? {} : { folder }),
    ...(tag === null ? {} : { tag }),
    ...(state === null ? {} : { state }),
    ...(when === null ? {} : { since: Math.round((now - DAYS[when] * 86_400_000) * 1000) }),
    ...(min_ms === null ? {} : { min_ms }),
    ...(max_ms === null ? {} : { max_ms }),
    ...(sort === "newest" ? {} : { sort }),
  };
}
