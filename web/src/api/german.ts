/** Problems in German, which the server says in English. Only pages in German load it, and only when there is a problem. */
import texts from "../../messages/problems.de.json";

type Texts = Readonly<Record<string, string>>;
/** What a code says whatever the occasion. */
const whole: Texts = texts.whole;
/** What is said where the server says nothing particular: for that no code stands, so it stays as it is. */
const general: Texts = texts.general;

/** The words for a problem of this code; none: those of the server stay. `body`: what the server answered. */
export function inGerman(code: string, body: unknown): string | undefined {
  const particular = body && typeof body === "object" && "detail" in body && typeof body.detail === "string";
  if (Object.hasOwn(whole, code)) return whole[code];
  return !particular && Object.hasOwn(general, code) ? general[code] : undefined;
}
