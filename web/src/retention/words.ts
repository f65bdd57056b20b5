/** How long recordings stay, in words. Pure. */
import type { RetentionWord } from "../api/types";

const DAY_MS = 86_400_000;

const days = (n: number) => (n === 1 ? "1 day" : `${n} days`);

/** Such as `go to the trash 30 days after somebody last watched them`, behind "recordings". */
export function wordText({ days: n, since }: RetentionWord): string {
  if (n === null) return "stay until somebody removes them";
  return `go to the trash ${days(n)} after ${since === "viewed" ? "somebody last watched them" : "they were made"}`;
}

/** When something goes (microseconds), seen from `now` (milliseconds): "today", "in a day", "in 5 days". */
export function inDays(at: number, now: number): string {
  const left = (at / 1000 - now) / DAY_MS;
  if (left <= 0) return "today";
  return left < 1.5 ? "in a day" : `in ${Math.round(left)} days`;
}
