/** The line that says who can see a recording now. */
import type { Audience, Commenters } from "../api/types";

export interface Shared {
  readonly audience: Audience;
  readonly comments: Commenters;
  /** How many people are named. */
  readonly people: number;
  readonly hasPassword: boolean;
  /** Microseconds since 1970; null: it does not end. */
  readonly endsAt: number | null;
}

const named = (n: number) => (n === 1 ? "1 person" : `${n} people`);

/** `now` in milliseconds; `when` names a moment in the reader's words. */
export function whoCanSee(shared: Shared, now: number, when: (micros: number) => string): string {
  const { audience, comments, people, hasPassword, endsAt } = shared;
  if (endsAt !== null && endsAt / 1000 <= now) return "Only you can watch: sharing has ended.";
  const who = {
    owner: people === 0 ? "Only you" : `Only you and ${named(people)}`,
    members: "Only members of this server",
    link: "Anyone with the link",
  }[audience];
  const other = audience === "members" && people > 0 ? ` and ${named(people)}` : "";
  const act =
    comments === "anyone" || (comments === "members" && audience === "members")
      ? "watch and comment"
      : "watch";
  const comment = comments === "members" && audience !== "members" ? " Members can comment." : "";
  const password = hasPassword && audience !== "owner" ? " They need the password." : "";
  const end = endsAt !== null && (audience !== "owner" || people > 0) ? ` Until ${when(endsAt)}.` : "";
  return `${who}${other} can ${act}.${comment}${password}${end}`;
}
