/** The line that says who can see a recording now. */
import type { Audience, Commenters } from "../api/types";

export interface Shared {
  readonly audience: Audience;
  readonly comments: Commenters;
  /** How many people are named, and how many groups. */
  readonly people: number;
  readonly groups: number;
  readonly hasPassword: boolean;
  /** Microseconds since 1970; null: it does not end. */
  readonly endsAt: number | null;
  /** The folder as which it is shared. */
  readonly folder?: OfFolder | null;
}

export interface OfFolder {
  readonly name: string;
  readonly audience: Audience;
  readonly people: number;
  readonly groups: number;
}

const count = (n: number, one: string, many: string) =>
  n === 0 ? [] : [n === 1 ? `1 ${one}` : `${n} ${many}`];

const both = (people: number, groups: number) =>
  new Intl.ListFormat("en").format([
    ...count(people, "person", "people"),
    ...count(groups, "group", "groups"),
  ]);

/** Whom a folder is for. */
export function whoOfFolder({ audience, people, groups }: OfFolder): string {
  const named = both(people, groups);
  if (audience === "owner") return named === "" ? "only you" : `only you and ${named}`;
  return "members of this server";
}

/** `now` in milliseconds; `when` names a moment in the reader's words. */
export function whoCanSee(shared: Shared, now: number, when: (micros: number) => string): string {
  const { audience, comments, hasPassword, endsAt, folder } = shared;
  const named = both(shared.people + (folder?.people ?? 0), shared.groups + (folder?.groups ?? 0));
  if (endsAt !== null && endsAt / 1000 <= now) return "Only you can watch: sharing has ended.";
  const who = {
    owner: named === "" ? "Only you" : `Only you and ${named}`,
    members: "Only members of this server",
    link: "Anyone with the link",
  }[audience];
  const other = audience === "members" && named !== "" ? ` and ${named}` : "";
  const act =
    comments === "anyone" || (comments === "members" && audience === "members")
      ? "watch and comment"
      : "watch";
  const comment = comments === "members" && audience !== "members" ? " Members can comment." : "";
  const password = hasPassword && audience !== "owner" ? " They need the password." : "";
  const end = endsAt !== null && (audience !== "owner" || named !== "") ? ` Until ${when(endsAt)}.` : "";
  return `${who}${other} can ${act}.${comment}${password}${end}`;
}
