/**
 * Which page an address shows. The address is the only state the router has. The server has the same list
 * (`shell.rs`): what is not in it is answered with 404 and this program, which shows "not-found".
 */

import { watchSlug } from "./watch/address";

/** Pages whose address is their name. */
const NAMED = [
  "sign-in",
  "setup",
  "device",
  "settings",
  "trash",
  "reset",
  "verify-mail",
  "people",
  "invitation",
  "mail-link",
  "audit",
  "inbox",
  "catch-up",
  "integrations",
  "search",
] as const;

export type Route =
  | { readonly page: "library" }
  | { readonly page: "watch"; readonly slug: string }
  | { readonly page: (typeof NAMED)[number] }
  | { readonly page: "unsubscribe"; readonly token: string }
  | { readonly page: "not-found" };

export function route(path: string): Route {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
  if (trimmed === "/") return { page: "library" };
  const named = NAMED.find((name) => trimmed === `/${name}`);
  if (named) return { page: named };
  const token = /^\/unsubscribe\/([\w-]+)$/.exec(trimmed)?.[1];
  if (token) return { page: "unsubscribe", token };
  const slug = watchSlug(trimmed);
  return slug ? { page: "watch", slug } : { page: "not-found" };
}

/**
 * Where to go after signing in: an absolute address of `origin`. Anything that leads elsewhere becomes its first page.
 *
 * The check reads the address with the browser's own parser, which drops tabs and newlines and takes a backslash for a
 * slash, so that what is compared is what would be opened. The whole address is returned because a path may begin with
 * two slashes (`/.//host`) and would then name another host.
 */
export function safeNext(next: string | null, origin: string): string {
  const home = new URL("/", origin);
  if (!next || !URL.canParse(next, home)) return home.href;
  const url = new URL(next, home);
  // `blob:` has the origin of the page that made it, so the scheme is compared too.
  const same =
    url.protocol === home.protocol && url.host === home.host && url.username === "" && url.password === "";
  return same ? url.href : home.href;
}
