/** How large a file is, as the server counts: a megabyte has 1024 · 1024 bytes. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  let left = n;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  const shown = unit === 0 || left >= 10 ? Math.round(left) : Math.round(left * 10) / 10;
  return `${shown.toLocaleString("en", { maximumFractionDigits: 1, useGrouping: false })} ${units[unit]}`;
}
