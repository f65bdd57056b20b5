/** Days by which something is to be done. Pure. */

/** A day (`2026-01-31`) as people say it near `now` (milliseconds): "31 Jan", with the year where that is another. */
export function day(iso: string, now: number, tag = document.documentElement.lang): string {
  const at = new Date(`${iso}T00:00:00Z`);
  const year = at.getUTCFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(tag, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year,
    timeZone: "UTC",
  }).format(at);
}

/** The day that it is at `now`, `days` later, where the reader is. */
export function isoDay(now: number, days = 0): string {
  const at = new Date(now);
  at.setDate(at.getDate() + days);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
