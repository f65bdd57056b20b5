/** How long it takes to catch up, and by when. */
import { amount } from "../ui/amounts";

/** "3 min", "1 hr 5 min": at the speed at which somebody watches. */
export function takes(ms: number, rate: number): string {
  const minutes = Math.ceil(ms / rate / 60_000);
  if (minutes < 60) return amount(Math.max(1, minutes), "minute");
  const [hours, rest] = [amount(Math.floor(minutes / 60), "hour"), minutes % 60];
  return rest === 0 ? hours : `${hours} ${amount(rest, "minute")}`;
}

/** Whether what is due then is late. Microseconds, and milliseconds of now. */
export const isLate = (due: number | null, now: number): boolean => due !== null && due / 1000 < now;

/** The end of that day, where this browser is; null where there is no such day. `day` is as a field of type `date` says it. */
export function endOfDay(day: string): number | null {
  const at = new Date(`${day}T23:59:59`).getTime();
  return Number.isNaN(at) ? null : at * 1000;
}

/** The day as a field of type `date` wants it. */
export function dayOf(at: number | null): string {
  if (at === null) return "";
  const date = new Date(at / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
