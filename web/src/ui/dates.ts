/** Instants as people read them: in the language and the time zone that they chose in the settings, else the browser's. */

const DAY = 86_400;

/** What a person chose; null: what the browser says. */
export interface DateLook {
  readonly language: string | null;
  readonly time_zone: string | null;
}

const KEY = "aside:dates";
let chosen: DateLook | null = null;

/** Remembered in the browser, so that pages that do not ask who is signed in know it as well. */
export function setDates(look: DateLook | null): void {
  chosen = look;
  try {
    if (look?.language || look?.time_zone) localStorage.setItem(KEY, JSON.stringify(look));
    else localStorage.removeItem(KEY);
  } catch {
    // It counts for this page alone.
  }
}

function look(): DateLook {
  if (chosen) return chosen;
  chosen = { language: null, time_zone: null };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<DateLook> | null;
    chosen = { language: kept?.language ?? null, time_zone: kept?.time_zone ?? null };
  } catch {
    // Nothing that can be read.
  }
  return chosen;
}

function format(at: number, options: Intl.DateTimeFormatOptions, locale?: string): string {
  const { language, time_zone } = look();
  try {
    const timeZone = time_zone ?? undefined;
    return new Intl.DateTimeFormat(locale ?? language ?? undefined, { ...options, timeZone }).format(
      at / 1000,
    );
  } catch {
    // A language or zone that this browser does not know.
    return new Intl.DateTimeFormat(locale, options).format(at / 1000);
  }
}

/** An instant (microseconds) seen from `now` (milliseconds): "just now", "5 min ago", "2 h ago", "3 days ago", "4 May 2026". */
export function ago(at: number, now: number, locale?: string): string {
  const seconds = Math.max(0, Math.floor((now - at / 1000) / 1000));
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < DAY) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 2 * DAY) return "yesterday";
  if (seconds < 14 * DAY) return `${Math.floor(seconds / DAY)} days ago`;
  return format(at, { day: "numeric", month: "short", year: "numeric" }, locale);
}

/** The full time in the reader's zone. */
export function fullTime(at: number, locale?: string): string {
  return format(at, { dateStyle: "full", timeStyle: "long" }, locale);
}

/** Day and minute in the reader's zone. */
export function shortTime(at: number, locale?: string): string {
  return format(at, { dateStyle: "medium", timeStyle: "short" }, locale);
}
