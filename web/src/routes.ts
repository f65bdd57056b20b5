/** Which page an address shows. The address is the only state the router has. */

export type Route =
  | { readonly page: "library" }
  | { readonly page: "watch"; readonly slug: string }
  | { readonly page: "sign-in" }
  | { readonly page: "setup" }
  | { readonly page: "device" }
  | { readonly page: "settings" }
  | { readonly page: "nowhere" };

export function route(path: string): Route {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
  switch (trimmed) {
    case "/":
      return { page: "library" };
    case "/sign-in":
    case "/setup":
    case "/device":
    case "/settings":
      return { page: trimmed.slice(1) as "sign-in" | "setup" | "device" | "settings" };
  }
  const slug = /^\/w\/([0-9A-Za-z]+)$/.exec(trimmed)?.[1];
  return slug ? { page: "watch", slug } : { page: "nowhere" };
}

/** Where to go after signing in: a place on this server and nothing else. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}
