/** What the search page asks the server. */
import { read } from "../api/client";
import { address } from "../api/fetch";
import type { components } from "../api/schema";

export type SearchItem = components["schemas"]["SearchItem"];
export type SearchPage = components["schemas"]["SearchPage"];

/** A page of what fits; `signal` ends the request, whose answer nobody waits for any more. */
export const searchFor = (q: string, cursor: string | null, signal: AbortSignal): Promise<SearchPage> =>
  read(answered(address("/api/search", { query: { q, cursor } }), signal));

async function answered(url: string, signal: AbortSignal) {
  const response = await fetch(url, { signal });
  const body: unknown = await response.json().catch(() => null);
  // `read` looks at the status first.
  return response.ok
    ? { data: body as SearchPage, response }
    : { data: undefined as never, error: body, response };
}
