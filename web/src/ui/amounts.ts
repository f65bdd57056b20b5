/** Amounts with their unit, short, in the language of the page: "3 min", "1.2 sec". */
export const amount = (n: number, unit: "millisecond" | "second" | "minute" | "hour"): string =>
  n.toLocaleString("en", { style: "unit", unit, unitDisplay: "short" });
