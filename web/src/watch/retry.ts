/** What a watch page shows of a recording, and when one that shows nothing asks again. Pure. */

export type Status =
  | "loading"
  | "open"
  /** The link is good, and no picture has arrived yet. */
  | "waiting"
  | "not_found"
  | "password"
  | "gone"
  | "unreachable";

/** By the code of a problem. */
export const CLOSED: Record<string, Status> = {
  password_needed: "password",
  gone: "gone",
  not_found: "not_found",
};

/** Milliseconds until a page without a picture looks again; the n-th time, from 0. Null: it gives up. */
export function retryDelay(status: Status, n: number): number | null {
  if (status === "waiting") return n < 60 ? 1000 : 5000;
  if (status === "unreachable") return Math.min(8000, 1000 * 2 ** Math.min(n, 3));
  // The link is printed before the recorder has reached the server; after eight minutes that is given up.
  if (status === "not_found") return n < 30 ? 1000 : n < 120 ? 5000 : null;
  // It may be opened to us again, or restored.
  if (status === "password" || status === "gone") return Math.min(60_000, 5000 * 2 ** Math.min(n, 4));
  return null;
}
