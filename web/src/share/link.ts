/** The link that is handed out; `at` is where it starts, in whole seconds. */
export function watchLink(url: string, at: number | null): string {
  const link = new URL(url);
  if (at !== null && at > 0) link.searchParams.set("t", String(at));
  else link.searchParams.delete("t");
  return link.href;
}
