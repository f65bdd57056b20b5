/** A range of a recording as a file of its own. */
import { german, Problem } from "../api/problem";

export type Format = "mp4" | "gif";

/** Made by the server, which takes as long as it takes. */
export async function clip(
  slug: string,
  format: Format,
  from: number,
  until: number,
  signal: AbortSignal,
): Promise<File> {
  const range = new URLSearchParams({ from: String(from), until: String(until) });
  const response = await fetch(`/api/watch/${encodeURIComponent(slug)}/clip.${format}?${range}`, {
    signal,
  }).catch(() => {
    throw Problem.unreachable();
  });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => null);
    const problem = Problem.of(response.status, body);
    throw import.meta.env.MODE === "de" ? await german(problem, body) : problem;
  }
  return new File([await response.blob()], nameOf(response.headers.get("content-disposition"), format));
}

/** Of `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266) the name that is not cut down to ASCII. */
export function nameOf(disposition: string | null, format: Format): string {
  const name = /filename\*=UTF-8''([^;]+)/.exec(disposition ?? "")?.[1];
  return name ? decodeURIComponent(name) : `clip.${format}`;
}
