/** Instants as people read them: in the language and the time zone that they chose in the settings, else the browser's. */

const DAY = 86_400;

/** Of this page. */
const LANGUAGE = "en";

/** What a person chose; nothing: what the browser says. */
export interface DateLook {
  readonly language?: string | null;
  readonly time_zone?: string | null;
}

const KEY = "aside:dates";
let chosen: DateLook | null = null;

/** Remembered in the browser, so that pages that do not ask who is signed in know it as well. */
export function setDates(look: DateLook | null): void {
  chosen = look;
  try {
    localStorage.setItem(KEY, JSON.stringify(look));
  } catch {
    // It counts for this page alone.
  }
}

/** Fails where the browser keeps its storage closed, or where something else lies in it. */
function look(): DateLook {
  chosen ??= (JSON.parse(localStorage.getItem(KEY) ?? "null") as DateLook | null) ?? {};
  return chosen;
}

/** How dates are written: as the person chose, as their browser writes the language of the page, or as that is written. */
const locale = (): string =>
  look().language ?? navigator.languages.find((it) => it.startsWith(LANGUAGE)) ?? LANGUAGE;

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  try {
    const timeZone = look().time_zone ?? undefined;
    return new Intl.DateTimeFormat(locale(), { ...options, timeZone }).format(at / 1000);
  } catch {
    // Nothing that can be read, or a language or zone that this browser does not know.
    return new Intl.DateTimeFormat(LANGUAGE, options).format(at / 1000);
  }
}

/** An instant (microseconds) seen from `now` (milliseconds): "just now", "5 min. ago", "2 hr. ago", "3 days ago", "4 May 2026". */
export function ago(at: number, now: number): string {
  const seconds = (now - at / 1000) / 1000;
  if (seconds < 45) return "just now";
  if (seconds > 14 * DAY) return format(at, { day: "numeric", month: "short", year: "numeric" });
  const [length, unit] =
    seconds < 3600
      ? ([60, "minute"] as const)
      : seconds < DAY
        ? ([3600, "hour"] as const)
        : ([DAY, "day"] as const);
  const since = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto", style: "short" });
  return since.format(-Math.round(seconds / length), unit);
}

/** The full time in the reader's zone. */
export function fullTime(at: number): string {
  return format(at, { dateStyle: "full", timeStyle: "long" });
}

/** Day and minute in the reader's zone. */
export function shortTime(at: number): string {
  return format(at, { dateStyle: "medium", timeStyle: "short" });
}
