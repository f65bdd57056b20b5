/** What kind of computer this is, as far as the recorder cares. Pure. */

export type Platform = "linux" | "phone" | "other";

/** By what the browser says of itself; Android calls itself Linux too. */
export function platformOf(userAgent: string): Platform {
  if (/Android|iPhone|iPad|Mobile/i.test(userAgent)) return "phone";
  return /Linux|X11|CrOS/.test(userAgent) ? "linux" : "other";
}
