/** What programs may do with tokens, in words. */
import type { Scope, Token } from "../api/types";

export const SCOPES: readonly [Scope, string, string][] = [
  ["read", "Read", "Watch, read transcripts and comments, as you may"],
  ["comment", "Comment", "Write comments, marked as your agent’s"],
  ["record", "Record", "Send recordings"],
  ["manage", "Manage", "Change recordings, chapters and sharing"],
];

/** How long a token works, in days; 0: until it is revoked. */
export const DAYS: readonly [number, string][] = [
  [30, "30 days"],
  [90, "90 days"],
  [365, "a year"],
  [0, "until it is revoked"],
];

const nameOf = (scope: Scope) => SCOPES.find(([id]) => id === scope)?.[1].toLowerCase() ?? scope;

/** What a token is for. */
export function mayDo({ kind, scopes }: Pick<Token, "kind" | "scopes">): string {
  if (scopes === null) return kind === "device" ? "Recorder" : "May do everything you may";
  return `May ${scopes.map(nameOf).join(", ")}`;
}

/** When it ends, behind what it may do. */
export function ended({ expires_at }: Pick<Token, "expires_at">, now: number): string {
  if (expires_at === null) return "";
  const left = (expires_at / 1000 - now) / 86_400_000;
  if (left <= 0) return ", has run out";
  // The page's clock may be behind the server's.
  const days = Math.max(1, Math.round(left));
  return days === 1 ? ", runs out within a day" : `, runs out in ${days} days`;
}
