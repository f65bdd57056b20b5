/** Times as people read them. */

/** Hours, minutes and seconds of milliseconds; rounded down, as a clock does. */
function parts(ms: number): readonly [number, number, number] {
  const total = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
}

/** A position in a recording: 0:42, 12:05, 1:02:03. Milliseconds. */
export function clock(ms: number): string {
  const [hours, minutes, seconds] = parts(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The same for a screen reader: "1 minute 5 seconds". */
export function spoken(ms: number): string {
  const units = ["hour", "minute", "second"] as const;
  const said = parts(ms).map((n, i) =>
    n ? n.toLocaleString("en", { style: "unit", unit: units[i], unitDisplay: "long" }) : "",
  );
  return said.filter(Boolean).join(" ") || "0 seconds";
}

/**
 * A position as people write it into a link, in milliseconds: `85.99`, `42s`, `1:02:03`, `1:99` (which is 2:39),
 * `1m20s`, `1h 2m`. Null for anything else, negative positions among them.
 */
export function parseClock(text: string): number | null {
  const asked = text.trim().toLowerCase();
  const seconds = /^\d+(:\d+){0,2}(\.\d*)?s?$/.test(asked)
    ? asked
        .replace("s", "")
        .split(":")
        .reduce((sum, part) => sum * 60 + Number(part), 0)
    : inUnits(asked);
  return Number.isFinite(seconds) ? Math.round(Number(seconds) * 1000) : null;
}

/** Seconds of `1h2m3.5s`; at least one unit, in this order. */
function inUnits(text: string): number | null {
  const number = "(\\d+(?:\\.\\d*)?)";
  const found = new RegExp(`^(?:${number}h)? ?(?:${number}m)? ?(?:${number}s)?$`).exec(text);
  const [, h, m, s] = found ?? [];
  return found?.[0] ? Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s ?? 0) : null;
}
