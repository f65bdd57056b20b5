/** Words and times of day of the settings of notices. */
import type { Pace } from "../inbox/requests";

export const PACES: readonly { pace: Pace; name: string }[] = [
  { pace: "at_once", name: "At once" },
  { pace: "hourly", name: "Hourly" },
  { pace: "daily", name: "Daily" },
  { pace: "never", name: "Never" },
];

/** As the server counts them. */
export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** Minutes after midnight as a field of type `time` wants them: "09:05". */
export const fromMinutes = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** And back; null for what is no time of day. */
export function toMinutes(text: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const all = Number(hours) * 60 + Number(minutes);
  return all < 24 * 60 ? all : null;
}
